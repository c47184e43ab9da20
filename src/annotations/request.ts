import type { JsonValue } from "../json.ts";
import type { EngineName, Flavour, ResourceQuantities } from "./settings.ts";

/** One file asked for by `agent-inject-secret-NAME` and its companions. */
export interface SecretRequest {
  /** NAME as it stands in the annotation's key. */
  readonly name: string;
  /** Vault path of `agent-inject-secret-NAME`; absent when only a template declares the secret. */
  readonly path: string | undefined;
  readonly template:
    | { readonly kind: "default" }
    | { readonly kind: "inline"; readonly text: string }
    /** A path inside the agent's container. */
    | { readonly kind: "file"; readonly path: string };
  readonly leftDelimiter: string;
  readonly rightDelimiter: string;
  /** Absolute directory the file lives under: `secret-volume-path-NAME` or the pod's. */
  readonly directory: string;
  /** Absolute path of the rendered file. */
  readonly destination: string;
  /** As written, e.g. `0644`; absent leaves it to the engine. */
  readonly permissions: string | undefined;
  readonly command: string | undefined;
  readonly errorOnMissingKey: boolean;
}

/** `keycard.dev/postgres-NAME` and its companions: a directory of credential files. */
export interface PostgresRequest {
  readonly name: string;
  /** Vault path that issues the login, e.g. `database/creds/app-role` or `database/static-creds/app`. */
  readonly path: string;
  /** `postgresql://host:port/database?parameters` without user and password; absent: formats without a host. */
  readonly url: string | undefined;
  /** Absolute directory with the files, e.g. `/vault/secrets/NAME`. */
  readonly directory: string;
  /** Try a new login against PostgreSQL before publishing it (needs `url`). */
  readonly verify: boolean;
  /** What to do with a login that cannot be verified within the bound. */
  readonly verifyFailure: "keep" | "publish";
}

/** How the app is told that its files changed. */
export type NotifyRequest =
  | { readonly kind: "none" }
  /**
   * Send `signal` (e.g. `SIGHUP`) to the pod's processes of this name. Needs the same uid; asking for it asks
   * for a shared process namespace too.
   */
  | { readonly kind: "signal"; readonly signal: string; readonly process: string }
  /** A request to the pod's own loopback. */
  | {
      readonly kind: "http";
      readonly method: string;
      readonly url: string;
      /** For one attempt. */
      readonly timeoutSeconds: number;
      /** After the first attempt. */
      readonly retries: number;
    }
  /** The sidecar ends with a code at which Kubernetes starts all containers of the pod anew, in place. */
  | { readonly kind: "restart" };

/** What of a PostgreSQL login a variable can hold. */
export type LoginPart = "username" | "password" | "host" | "port" | "database" | "url";

/** A variable of the app's containers whose value is read from a rendered file when they start. */
export interface VariableRequest {
  readonly variable: string;
  readonly from:
    | { readonly kind: "login"; readonly name: string; readonly part: LoginPart }
    /** `key` of a file that the secret's own template renders as `KEY='value'` lines. */
    | { readonly kind: "secret"; readonly name: string; readonly key: string };
}

/**
 * Everything a pod asks for, typed and checked, the same for both engines. Made by `readAnnotations` from
 * the pod's annotations, its Namespace's and the operator's settings, in that order.
 */
export interface InjectionRequest {
  readonly engine: EngineName;
  readonly flavour: Flavour;
  readonly namespace: string;
  /** Full key of the status annotation to write, e.g. `vault.hashicorp.com/agent-inject-status`. */
  readonly statusKey: string;
  readonly initFirst: boolean;
  readonly prePopulate: boolean;
  readonly prePopulateOnly: boolean;
  /** App containers that see the secrets; undefined: all of them. */
  readonly containers: readonly string[] | undefined;
  readonly copyVolumeMountsFrom: string | undefined;
  /** undefined: leave the pod's own. */
  readonly shareProcessNamespace: boolean | undefined;
  readonly revokeOnShutdown: boolean;
  readonly revokeGraceSeconds: number;
  readonly enableQuit: boolean;

  readonly secrets: readonly SecretRequest[];
  readonly postgres: readonly PostgresRequest[];
  readonly defaultTemplate: "map" | "json";
  readonly secretVolumePath: string;
  /** Also write the Vault token to `<secretVolumePath>/token`. */
  readonly injectToken: boolean;

  readonly vault: {
    readonly address: string;
    readonly namespace: string;
    readonly proxyAddress: string;
    readonly tlsSkipVerify: boolean;
    /** Name of a Kubernetes Secret mounted at `/vault/tls`. */
    readonly tlsSecret: string;
    readonly tlsServerName: string;
    readonly caCert: string;
    /** Annotation `ca-key`: despite its name a directory of CA certificates. */
    readonly caPath: string;
    readonly clientCert: string;
    readonly clientKey: string;
    readonly maxRetries: string;
    readonly timeout: string;
    readonly caCertBytes: string;
  };
  readonly auth: {
    readonly type: string;
    readonly path: string;
    readonly role: string;
    /** `auth-config-PARAM`, `-` replaced by `_`, sorted by key; without `role`. */
    readonly config: ReadonlyMap<string, string>;
    readonly minBackoff: string;
    readonly maxBackoff: string;
    readonly exitOnError: boolean;
    /** `agent-service-account-token-volume-name`; `""`: search. */
    readonly tokenVolume: string;
    /** `keycard.dev/token-audience`; `""`: the pod's own token. */
    readonly tokenAudience: string;
  };
  readonly agent: {
    readonly image: string;
    /** Requests and limits in the form in which Kubernetes writes them back. */
    readonly requests: ResourceQuantities;
    readonly limits: ResourceQuantities;
    readonly runAsUser: number;
    readonly runAsGroup: number;
    readonly runAsSameUser: boolean;
    readonly setSecurityContext: boolean;
    /** Engine `native`: trace, debug, info, warn or error. Engine `vault-agent`: as written. */
    readonly logLevel: string;
    readonly logFormat: string;
    readonly goMaxProcs: string;
    readonly extraSecret: string;
    readonly configMap: string;
    /** RFC 6902 documents, parsed; undefined: none. */
    readonly sidecarPatch: readonly JsonValue[] | undefined;
    readonly initPatch: readonly JsonValue[] | undefined;
  };
  readonly templateConfig: {
    readonly exitOnRetryFailure: boolean;
    readonly staticSecretRenderInterval: string;
    readonly maxConnectionsPerHost: number;
    readonly leaseRenewalThreshold: number;
  };
  readonly disableIdleConnections: readonly string[];
  readonly disableKeepAlives: readonly string[];
  readonly cache: {
    readonly enable: boolean;
    readonly useAutoAuthToken: string;
    readonly listenerPort: string;
    readonly exitOnError: boolean;
  };
  /**
   * `agent-telemetry-PARAM`, `-` replaced by `_`, sorted by key, values typed as the agent expects them.
   * Parameters that the agent does not know are in it too.
   */
  readonly telemetry: ReadonlyMap<string, JsonValue>;

  /** Engine `native` only. */
  readonly native: {
    readonly sidecar: boolean;
    /** Where files are written before the app starts: an init container does it, and not the native sidecar. */
    readonly initContainer: boolean;
    /** How the app is told of the changes of everything that has no way of its own. */
    readonly notify: NotifyRequest;
    /** By NAME of a secret or login. */
    readonly notifyOf: ReadonlyMap<string, NotifyRequest>;
    /** `keycard.dev/env-NAME`, in the order of the names. */
    readonly variables: readonly VariableRequest[];
    /** Seconds between checks that leases still live in Vault; 0: only at renewals. */
    readonly verifyIntervalSeconds: number;
    /** Seconds an old lease outlives its replacement. */
    readonly rotationGraceSeconds: number;
    /** Revoke leases and token on shutdown; false: leave them to their own end. */
    readonly revoke: boolean;
    /** Health and metrics port; 0: off. */
    readonly healthPort: number;
    /** The pod itself says which. */
    readonly healthPortIsNamed: boolean;
    /** Seconds after which the agent gives up on the first credentials; 0: never. */
    readonly startTimeoutSeconds: number;
  };
}
