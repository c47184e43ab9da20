import { posix } from "node:path";
import type { SecretRequest } from "../../annotations/request.ts";
import { defaultTemplate } from "../../templates/index.ts";
import type { InjectionPlan } from "../engine.ts";
import { CACHE_MOUNT_PATH, type FlavourNames } from "./flavour.ts";
import { telemetryStanza } from "./telemetry.ts";

/** Where the service-account token lies unless the pod says otherwise; Vault Agent's own default. */
const DEFAULT_TOKEN_PATH = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/**
 * Vault Agent's configuration as JSON, with the keys, order and omissions of the Vault Agent Injector.
 * `init` is the init container's: it ends after the first login and rendering.
 */
export function agentConfiguration(plan: InjectionPlan, names: FlavourNames, init: boolean): string {
  const { request } = plan;
  const { listener, cache } = listenerAndCache(plan, init);
  return goJson({
    auto_auth: autoAuth(plan, names),
    exit_after_auth: init,
    pid_file: `${names.home}/.pid`,
    vault: {
      address: request.vault.address,
      ca_cert: request.vault.caCert || undefined,
      ca_path: request.vault.caPath || undefined,
      tls_skip_verify: request.vault.tlsSkipVerify || undefined,
      client_cert: request.vault.clientCert || undefined,
      client_key: request.vault.clientKey || undefined,
      tls_server_name: request.vault.tlsServerName || undefined,
    },
    template:
      request.secrets.length === 0
        ? undefined
        : request.secrets.map((secret) => template(secret, request.defaultTemplate)),
    listener,
    cache,
    template_config: {
      exit_on_retry_failure: request.templateConfig.exitOnRetryFailure,
      static_secret_render_interval: request.templateConfig.staticSecretRenderInterval || undefined,
      max_connections_per_host: request.templateConfig.maxConnectionsPerHost || undefined,
      lease_renewal_threshold: request.templateConfig.leaseRenewalThreshold || undefined,
    },
    disable_idle_connections: nonEmpty(request.disableIdleConnections),
    disable_keep_alives: nonEmpty(request.disableKeepAlives),
    telemetry: telemetryStanza(request.telemetry),
  });
}

function autoAuth({ request, token }: InjectionPlan, names: FlavourNames): object {
  const config = new Map<string, string>();
  if (token !== undefined) {
    config.set("token_path", token.tokenPath);
  }
  for (const [key, value] of request.auth.config) {
    config.set(key, value);
  }
  if (request.auth.role !== "") {
    config.set("role", request.auth.role);
  }
  const sorted = [...config].sort(([a], [b]) => (a < b ? -1 : 1));
  const sinks = [fileSink(names.tokenFile)];
  if (request.injectToken) {
    sinks.push(fileSink(posix.join(request.secretVolumePath, "token")));
  }
  return {
    method: {
      type: request.auth.type,
      mount_path: request.auth.path || undefined,
      min_backoff: request.auth.minBackoff || undefined,
      max_backoff: request.auth.maxBackoff || undefined,
      namespace: request.vault.namespace || undefined,
      config: sorted.length === 0 ? undefined : Object.fromEntries(sorted),
      exit_on_err: request.auth.exitOnError || undefined,
    },
    sink: sinks,
  };
}

function fileSink(path: string): object {
  return { type: "file", config: { path } };
}

function template(secret: SecretRequest, kind: "map" | "json"): object {
  return {
    destination: secret.destination,
    contents: contents(secret, kind) || undefined,
    left_delimiter: secret.leftDelimiter,
    right_delimiter: secret.rightDelimiter,
    command: secret.command || undefined,
    source: secret.template.kind === "file" ? secret.template.path : undefined,
    perms: secret.permissions || undefined,
    error_on_missing_key: secret.errorOnMissingKey || undefined,
  };
}

function contents(secret: SecretRequest, kind: "map" | "json"): string | undefined {
  switch (secret.template.kind) {
    case "inline":
      return secret.template.text;
    case "default":
      return defaultTemplate(kind, secret.path ?? "");
    case "file":
      return undefined;
  }
}

/** Whether init container and sidecar share token and leases through a cache file. */
export function hasPersistentCache({ request }: InjectionPlan): boolean {
  return request.cache.enable && request.prePopulate && !request.prePopulateOnly;
}

function listenerAndCache(
  plan: InjectionPlan,
  init: boolean,
): { readonly listener: readonly object[] | undefined; readonly cache: object | undefined } {
  const { request } = plan;
  const persistent = hasPersistentCache(plan);
  const cached = persistent || (request.cache.enable && !request.prePopulateOnly && !init);
  if (!cached && !request.enableQuit) {
    return { listener: undefined, cache: undefined };
  }
  const listener = {
    type: "tcp",
    address: `127.0.0.1:${request.cache.listenerPort}`,
    tls_disable: true,
    agent_api: request.enableQuit ? { enable_quit: true } : undefined,
  };
  const cache = {
    use_auto_auth_token: (cached && request.cache.useAutoAuthToken) || undefined,
    persist: persistent ? persistence(plan) : undefined,
  };
  return { listener: [listener], cache };
}

/** Without its own token file Vault Agent insists on the default one, which a hardened pod need not have. */
function persistence({ request, token, harden }: InjectionPlan): object {
  const elsewhere = harden && token !== undefined && token.tokenPath !== DEFAULT_TOKEN_PATH;
  return {
    type: "kubernetes",
    path: CACHE_MOUNT_PATH,
    exit_on_err: request.cache.exitOnError || undefined,
    service_account_token_file: elsewhere ? token.tokenPath : undefined,
  };
}

function nonEmpty(list: readonly string[]): readonly string[] | undefined {
  return list.length === 0 ? undefined : list;
}

const GO_ESCAPES: ReadonlyMap<string, string> = new Map([
  ["<", "\\u003c"],
  [">", "\\u003e"],
  ["&", "\\u0026"],
  ["\u2028", "\\u2028"],
  ["\u2029", "\\u2029"],
]);

const GO_ESCAPED = /[<>&\u2028\u2029]/g;

/** JSON with the escapes of Go's encoder, so that the text is the same byte for byte. */
function goJson(value: object): string {
  return JSON.stringify(value).replace(GO_ESCAPED, (character) => GO_ESCAPES.get(character) ?? character);
}
