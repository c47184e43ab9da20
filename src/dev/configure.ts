import { randomBytes } from "node:crypto";
import pg from "pg";
import type { JsonObject } from "../json.ts";
import type { DevelopmentPostgres } from "./postgres.ts";
import type { RunningVault } from "./running-vault.ts";
import type { ServiceAccountIssuer } from "./service-account.ts";
import { type VaultApi, vaultApi } from "./vault-api.ts";

/** The role of a dynamic PostgreSQL login, as `database/roles/NAME` takes it. */
export interface DatabaseRole {
  /** Default `app-role`: credentials come from `database/creds/app-role`. */
  readonly name?: string;
  /** Default 3600. */
  readonly defaultTtlSeconds?: number;
  /** Default 86400. */
  readonly maxTtlSeconds?: number;
  /** Default: one `CREATE ROLE … WITH LOGIN PASSWORD … VALID UNTIL …`. */
  readonly creationStatements?: readonly string[];
  /** Default: Vault's own `ALTER ROLE … VALID UNTIL …`. */
  readonly renewStatements?: readonly string[];
  /** Default: Vault's own, which drops the role. */
  readonly revocationStatements?: readonly string[];
}

/** Who may log in with a service-account token, as `auth/kubernetes/role/NAME` takes it. */
export interface KubernetesRole {
  readonly issuer: ServiceAccountIssuer;
  /** Where TokenReview is served, e.g. `http://127.0.0.1:PORT`. */
  readonly reviewAddress: string;
  /** Default `app`. */
  readonly name?: string;
  /** Default `["app"]`. */
  readonly serviceAccounts?: readonly string[];
  /** Default `["default"]`. */
  readonly namespaces?: readonly string[];
  /** Absent: any audience that TokenReview accepts. */
  readonly audience?: string;
  /** Default 3600. */
  readonly tokenTtlSeconds?: number;
  /** Default 86400. */
  readonly tokenMaxTtlSeconds?: number;
}

export interface VaultConfiguration {
  readonly postgres: DevelopmentPostgres;
  readonly database?: DatabaseRole;
  readonly kubernetes?: KubernetesRole;
  /** Rules of policy `app`. Default: `APP_POLICY`. */
  readonly policy?: string;
}

/** The PostgreSQL login that Vault itself uses. It may create roles and is no superuser. */
export const VAULT_LOGIN = "vault";

/** A login with a fixed name whose password Vault rotates: `database/static-creds/app-static`. */
export const STATIC_LOGIN = "app_static";

export const CREATION_STATEMENT = `CREATE ROLE "{{name}}" WITH LOGIN PASSWORD '{{password}}' VALID UNTIL '{{expiration}}'`;

/**
 * What an app's agent needs: its secrets, and to hand leases back. Vault's `default` policy lets a token
 * renew leases but not revoke one.
 */
export const APP_POLICY = `
path "database/creds/*" { capabilities = ["read"] }
path "database/static-creds/*" { capabilities = ["read"] }
path "secret/data/*" { capabilities = ["read"] }
path "secret/metadata/*" { capabilities = ["read", "list"] }
path "kv/*" { capabilities = ["read", "list"] }
path "sys/leases/revoke" { capabilities = ["update"] }
`;

/**
 * Sets a fresh Vault up as the article does: key-value engines at `secret` (v2) and `kv` (v1), the database
 * engine on `postgres` with one dynamic and one static role, policy `app`, and the kubernetes method. Another
 * Vault may have used the same PostgreSQL before; from then on it is locked out of it.
 * @throws Error when Vault or PostgreSQL refuses a step.
 */
export async function configureVault(vault: RunningVault, configuration: VaultConfiguration): Promise<void> {
  const api = vaultApi(vault.address, vault.rootToken);
  await mountEngines(api);
  await connectPostgres(api, configuration.postgres);
  await writeDatabaseRole(api, configuration.database ?? {});
  await api.must("PUT", "sys/policies/acl/app", { policy: configuration.policy ?? APP_POLICY });
  if (configuration.kubernetes !== undefined) await enableKubernetes(api, configuration.kubernetes);
}

async function mountEngines(api: VaultApi): Promise<void> {
  const mounts = await api.must("GET", "sys/mounts");
  const wanted: Readonly<Record<string, JsonObject>> = {
    secret: { type: "kv", options: { version: "2" } },
    kv: { type: "kv", options: { version: "1" } },
    database: { type: "database" },
  };
  for (const [path, mount] of Object.entries(wanted)) {
    if (mounts[`${path}/`] === undefined) await api.must("POST", `sys/mounts/${path}`, mount);
  }
}

/** PostgreSQL 16 and later: a role may only manage roles it has the ADMIN option on. */
async function connectPostgres(api: VaultApi, postgres: DevelopmentPostgres): Promise<void> {
  const password = randomBytes(16).toString("hex");
  const literal = pg.escapeLiteral(password);
  const known = await postgres.query<{ name: string }>("SELECT rolname AS name FROM pg_roles");
  for (const login of [VAULT_LOGIN, STATIC_LOGIN]) {
    if (!known.some(({ name }) => name === login)) await postgres.query(`CREATE ROLE ${login}`);
  }
  await postgres.query(`ALTER ROLE ${VAULT_LOGIN} WITH LOGIN CREATEROLE PASSWORD ${literal}`);
  await postgres.query(`ALTER ROLE ${STATIC_LOGIN} WITH LOGIN`);
  await postgres.query(`GRANT ${STATIC_LOGIN} TO ${VAULT_LOGIN} WITH ADMIN TRUE, INHERIT FALSE, SET FALSE`);
  const { host, port, database } = postgres;
  await api.must("POST", "database/config/postgres", {
    plugin_name: "postgresql-database-plugin",
    allowed_roles: "*",
    connection_url: `postgresql://{{username}}:{{password}}@${host}:${port}/${database}`,
    username: VAULT_LOGIN,
    password,
    max_open_connections: 8,
  });
  await api.must("POST", "database/static-roles/app-static", {
    db_name: "postgres",
    username: STATIC_LOGIN,
    rotation_period: "24h",
  });
}

/** Creates or changes a dynamic role; also for tests that want another beside `app-role`. */
export async function writeDatabaseRole(api: VaultApi, role: DatabaseRole): Promise<void> {
  await api.must("POST", `database/roles/${role.name ?? "app-role"}`, {
    db_name: "postgres",
    creation_statements: role.creationStatements ?? [CREATION_STATEMENT],
    renew_statements: role.renewStatements ?? [],
    revocation_statements: role.revocationStatements ?? [],
    default_ttl: role.defaultTtlSeconds ?? 3600,
    max_ttl: role.maxTtlSeconds ?? 86_400,
  });
}

async function enableKubernetes(api: VaultApi, role: KubernetesRole): Promise<void> {
  await api.must("POST", "sys/auth/kubernetes", { type: "kubernetes" });
  await api.must("POST", "auth/kubernetes/config", {
    kubernetes_host: role.reviewAddress,
    pem_keys: [role.issuer.publicKey],
    disable_local_ca_jwt: true,
  });
  await api.must("POST", `auth/kubernetes/role/${role.name ?? "app"}`, {
    bound_service_account_names: role.serviceAccounts ?? ["app"],
    bound_service_account_namespaces: role.namespaces ?? ["default"],
    token_policies: ["app"],
    token_ttl: role.tokenTtlSeconds ?? 3600,
    token_max_ttl: role.tokenMaxTtlSeconds ?? 86_400,
    ...(role.audience === undefined ? {} : { audience: role.audience }),
  });
}
