import { posix } from "node:path";
import { parseSeconds } from "../../annotations/duration.ts";
import type { InjectionRequest, SecretRequest } from "../../annotations/request.ts";
import { defaultTemplate } from "../../templates/index.ts";
import { decodedIfBase64 } from "../base64.ts";
import type { InjectionPlan } from "../engine.ts";
import type { AgentConfig, AgentTemplate } from "./agent-config.ts";
import { STATE_DIRECTORY } from "./names.ts";

/** Vault Agent's defaults, which users of the same annotations rely on. */
const CLIENT_TIMEOUT_SECONDS = 60;
const MIN_BACKOFF_SECONDS = 1;
const MAX_BACKOFF_SECONDS = 300;
const STATIC_SECRET_INTERVAL_SECONDS = 300;
const FILE_MODE = 0o644;

/** Kubernetes' own default, and the share of it that revoking may take of what the pod has. */
const TERMINATION_GRACE_SECONDS = 30;
const LONGEST_REVOKE_SECONDS = 10;

/** What reaches the agent's configuration of the pod itself; all else is the request's. */
export interface PodFacts {
  readonly tokenPath: string | undefined;
  readonly revokeTimeoutSeconds: number;
  /** 0: none. */
  readonly healthPort: number;
}

export function podFacts(plan: InjectionPlan): PodFacts {
  return {
    tokenPath: plan.token?.tokenPath,
    revokeTimeoutSeconds: revokeTimeout(plan),
    healthPort: healthPort(plan),
  };
}

/** What the agent has to know, for init container and sidecar alike. */
export function agentConfig(
  request: InjectionRequest,
  { tokenPath, revokeTimeoutSeconds, healthPort: port }: PodFacts,
  writableDirectories: readonly string[],
): AgentConfig {
  return {
    version: 1,
    vault: vaultConnection(request),
    auth: auth(request, tokenPath),
    templates: request.secrets.map((secret) => ({
      ...template(secret, request.defaultTemplate),
      ...ownNotification(request, secret.name),
    })),
    postgres: request.postgres.map(({ url, ...postgres }) => ({
      ...postgres,
      ...(url === undefined ? {} : { url }),
      ...ownNotification(request, postgres.name),
    })),
    ...(request.injectToken ? { tokenFile: posix.join(request.secretVolumePath, "token") } : {}),
    writableDirectories,
    stateDirectory: STATE_DIRECTORY,
    notify: request.native.notify,
    staticSecretIntervalSeconds:
      parseSeconds(request.templateConfig.staticSecretRenderInterval) || STATIC_SECRET_INTERVAL_SECONDS,
    verifyIntervalSeconds: request.native.verifyIntervalSeconds,
    rotationGraceSeconds: request.native.rotationGraceSeconds,
    startTimeoutSeconds: request.native.startTimeoutSeconds,
    exitOnRetryFailure: request.templateConfig.exitOnRetryFailure,
    revoke: request.native.revoke,
    revokeTimeoutSeconds,
    initOnly: request.prePopulate && request.prePopulateOnly,
    healthPort: port,
    logLevel: logLevel(request.agent.logLevel),
  };
}

function ownNotification({ native }: InjectionRequest, name: string): Pick<AgentTemplate, "notify"> {
  const notify = native.notifyOf.get(name);
  return notify === undefined ? {} : { notify };
}

function vaultConnection({ vault }: InjectionRequest): AgentConfig["vault"] {
  return {
    address: vault.address,
    namespace: vault.namespace,
    tls: {
      ...(vault.caCert === "" ? {} : { caCertFile: vault.caCert }),
      ...(vault.caPath === "" ? {} : { caCertDirectory: vault.caPath }),
      ...(vault.caCertBytes === "" ? {} : { caCertBytes: decodedIfBase64(vault.caCertBytes) }),
      ...(vault.clientCert === "" ? {} : { clientCertFile: vault.clientCert }),
      ...(vault.clientKey === "" ? {} : { clientKeyFile: vault.clientKey }),
      ...(vault.tlsServerName === "" ? {} : { serverName: vault.tlsServerName }),
      skipVerify: vault.tlsSkipVerify,
    },
    proxyAddress: vault.proxyAddress,
    timeoutSeconds: parseSeconds(vault.timeout) || CLIENT_TIMEOUT_SECONDS,
  };
}

function auth(request: InjectionRequest, tokenPath: string | undefined): AgentConfig["auth"] {
  const config = new Map(request.auth.config);
  if (request.auth.role !== "") {
    config.set("role", request.auth.role);
  }
  const tokenKey = TOKEN_KEYS.get(request.auth.type);
  if (tokenKey !== undefined && tokenPath !== undefined && !config.has(tokenKey)) {
    config.set(tokenKey, tokenPath);
  }
  return {
    type: request.auth.type,
    mountPath: request.auth.path,
    namespace: request.vault.namespace,
    config: Object.fromEntries([...config].sort(([a], [b]) => (a < b ? -1 : 1))),
    minBackoffSeconds: parseSeconds(request.auth.minBackoff) || MIN_BACKOFF_SECONDS,
    maxBackoffSeconds: parseSeconds(request.auth.maxBackoff) || MAX_BACKOFF_SECONDS,
  };
}

/** Where each method that logs in with a JWT of the pod looks for it. */
const TOKEN_KEYS: ReadonlyMap<string, string> = new Map([
  ["kubernetes", "token_path"],
  ["jwt", "path"],
]);

function template(secret: SecretRequest, kind: "map" | "json"): AgentTemplate {
  const isDefault = secret.template.kind === "default";
  return {
    name: secret.name,
    source:
      secret.template.kind === "file"
        ? { kind: "file", path: secret.template.path }
        : { kind: "inline", text: inlineText(secret, kind) },
    destination: secret.destination,
    // The default template is ours and keeps its delimiters, whatever the pod's own templates use.
    leftDelimiter: isDefault ? "{{" : secret.leftDelimiter,
    rightDelimiter: isDefault ? "}}" : secret.rightDelimiter,
    errorOnMissingKey: secret.errorOnMissingKey,
    mode: secret.permissions === undefined ? FILE_MODE : Number.parseInt(secret.permissions, 8),
    ...(secret.command === undefined ? {} : { command: secret.command }),
  };
}

function inlineText(secret: SecretRequest, kind: "map" | "json"): string {
  return secret.template.kind === "inline"
    ? secret.template.text
    : defaultTemplate(kind, secret.path ?? secret.name);
}

/** Revoking ends in time for Kubernetes not to kill it: within a third of the pod's grace period. */
function revokeTimeout({ pod }: InjectionPlan): number {
  const grace = pod.spec.terminationGracePeriodSeconds ?? TERMINATION_GRACE_SECONDS;
  return Math.max(1, Math.min(LONGEST_REVOKE_SECONDS, Math.floor(grace / 3)));
}

/**
 * The port for health and metrics; 0: none. In a node's own network the default one would keep a second such
 * pod from the node, so there only a port that the pod names is opened.
 */
function healthPort({ request: { native }, pod }: InjectionPlan): number {
  return pod.spec.hostNetwork === true && !native.healthPortIsNamed ? 0 : native.healthPort;
}

const LOG_LEVELS: ReadonlyMap<string, AgentConfig["logLevel"]> = new Map([
  ["trace", "trace"],
  ["debug", "debug"],
  ["warn", "warn"],
  ["warning", "warn"],
  ["err", "error"],
  ["error", "error"],
]);

function logLevel(name: string): AgentConfig["logLevel"] {
  return LOG_LEVELS.get(name.toLowerCase()) ?? "info";
}
