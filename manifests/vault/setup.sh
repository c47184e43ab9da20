#!/bin/sh
# Sets a Vault up for one application: the kubernetes auth method, the database secrets engine on a PostgreSQL, a
# role that issues logins, the policy that may read them, and who gets the policy. It can be run again.
#
# Needs the vault and kubectl commands, VAULT_ADDR and VAULT_TOKEN of somebody who may do this, and:
#   POSTGRES_HOST       host:port/database, as Vault reaches it
#   POSTGRES_USER       a login of Vault's own, with CREATEROLE
#   POSTGRES_PASSWORD
# and, with these defaults:
#   APP=app             name of the policy and of the role to log in with
#   APP_NAMESPACE=default
#   APP_SERVICE_ACCOUNT=app
#   DEFAULT_TTL=1h      lifetime of a login until it is renewed
#   MAX_TTL=24h         and at most
#   POSTGRES_SSLMODE=verify-full
#   KUBERNETES_HOST     the API server's address, as Vault reaches it; default: the one kubectl uses
set -eu

here=$(dirname "$0")
APP=${APP:-app}

require() {
  eval "value=\${$1:-}"
  if [ -z "$value" ]; then
    echo "$0: $1 is not set; see the top of this file" >&2
    exit 2
  fi
}
for name in VAULT_ADDR VAULT_TOKEN POSTGRES_HOST POSTGRES_USER POSTGRES_PASSWORD; do
  require "$name"
done

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

echo "Kubernetes: the account that Vault asks the API server with"
kubectl apply -f "$here/reviewer.yaml"
until kubectl --namespace vault get secret vault-reviewer --output 'jsonpath={.data.token}' | grep -q .; do
  sleep 1
done
kubectl --namespace vault get secret vault-reviewer --output 'jsonpath={.data.token}' | base64 -d >"$work/token"
kubectl --namespace vault get secret vault-reviewer --output 'jsonpath={.data.ca\.crt}' | base64 -d >"$work/ca"
host=${KUBERNETES_HOST:-$(kubectl config view --minify --output 'jsonpath={.clusters[0].cluster.server}')}

echo "Vault: auth/kubernetes"
vault auth list -format=json | grep -q '"kubernetes/"' || vault auth enable kubernetes
vault write auth/kubernetes/config \
  kubernetes_host="$host" \
  kubernetes_ca_cert=@"$work/ca" \
  token_reviewer_jwt=@"$work/token"

echo "Vault: database"
vault secrets list -format=json | grep -q '"database/"' || vault secrets enable database
# By standard input: the arguments of a process are seen by others.
printf '%s' "$POSTGRES_PASSWORD" | vault write database/config/postgres \
  plugin_name=postgresql-database-plugin \
  allowed_roles=app-role \
  connection_url="postgresql://{{username}}:{{password}}@$POSTGRES_HOST?sslmode=${POSTGRES_SSLMODE:-verify-full}" \
  username="$POSTGRES_USER" \
  password=-
# Logins without rights: docs/postgresql.md has statements for logins that read and write, or own what they create.
vault write database/roles/app-role \
  db_name=postgres \
  default_ttl="${DEFAULT_TTL:-1h}" \
  max_ttl="${MAX_TTL:-24h}" \
  creation_statements="CREATE ROLE \"{{name}}\" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'" \
  revocation_statements="DROP ROLE IF EXISTS \"{{name}}\""

echo "Vault: policy and role $APP"
vault policy write "$APP" "$here/app-policy.hcl"
# A period, not a lifetime: when a token ends for good, every login that was issued with it ends too.
vault write "auth/kubernetes/role/$APP" \
  bound_service_account_names="${APP_SERVICE_ACCOUNT:-app}" \
  bound_service_account_namespaces="${APP_NAMESPACE:-default}" \
  token_policies="$APP" \
  token_period=1h

echo "Done. A pod of service account ${APP_SERVICE_ACCOUNT:-app} in namespace ${APP_NAMESPACE:-default} can use:"
echo "  keycard.dev/inject: \"true\""
echo "  keycard.dev/role: $APP"
echo "  keycard.dev/postgres-db: database/creds/app-role"
