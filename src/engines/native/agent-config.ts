import type { VaultAuthConfig, VaultConnection } from "../../vault/connection.ts";

/** Environment variable that carries the agent's configuration, as JSON. It holds no secret. */
export const AGENT_CONFIG_VARIABLE = "KEYCARD_AGENT_CONFIG";

/** The file of one template. */
export interface AgentTemplate {
  readonly name: string;
  readonly source:
    | { readonly kind: "inline"; readonly text: string }
    | { readonly kind: "file"; readonly path: string };
  readonly destination: string;
  readonly leftDelimiter: string;
  readonly rightDelimiter: string;
  readonly errorOnMissingKey: boolean;
  /** File mode bits, e.g. 0o644. */
  readonly mode: number;
  /** Run by `/bin/sh -c` after a change of the file; absent: nothing. */
  readonly command?: string;
  /** How the app is told of its changes; absent: as of everything. */
  readonly notify?: AgentNotify;
}

/** A directory of PostgreSQL credential files, changed as one. */
export interface AgentPostgres {
  readonly name: string;
  readonly path: string;
  readonly directory: string;
  readonly url?: string;
  readonly verify: boolean;
  readonly verifyFailure: "keep" | "publish";
  /** How the app is told of its changes; absent: as of everything. */
  readonly notify?: AgentNotify;
}

export type AgentNotify =
  | { readonly kind: "none" }
  | { readonly kind: "signal"; readonly signal: string; readonly process: string }
  | {
      readonly kind: "http";
      readonly method: string;
      readonly url: string;
      /** For one attempt. */
      readonly timeoutSeconds: number;
      /** After the first attempt. */
      readonly retries: number;
    }
  /** End with `RESTART_EXIT_CODE`. */
  | { readonly kind: "restart" };

/**
 * The code with which the sidecar ends to have Kubernetes start all containers of the pod anew, in place. No
 * shell and no signal gives it, and the agent gives it for nothing else.
 */
export const RESTART_EXIT_CODE = 88;

/**
 * What the native engine tells the agent: written into the containers' environment by the webhook, read by
 * the agent at start. The same for init container and sidecar.
 */
export interface AgentConfig {
  readonly version: 1;
  readonly vault: VaultConnection;
  readonly auth: VaultAuthConfig & {
    readonly minBackoffSeconds: number;
    readonly maxBackoffSeconds: number;
  };
  readonly templates: readonly AgentTemplate[];
  readonly postgres: readonly AgentPostgres[];
  /** Also write the Vault token to this file. */
  readonly tokenFile?: string;
  /** Directories outside of which nothing is written and templates read no file. */
  readonly writableDirectories: readonly string[];
  /** Directory in the memory volume that only init container and sidecar mount. */
  readonly stateDirectory: string;
  /** How the app is told of changes of what has no way of its own. */
  readonly notify: AgentNotify;
  /** Re-read secrets without a lease this often. */
  readonly staticSecretIntervalSeconds: number;
  /** Check that leases still live this often; 0: only at renewals. */
  readonly verifyIntervalSeconds: number;
  /** An old lease outlives its replacement by this much. */
  readonly rotationGraceSeconds: number;
  /** Give up, with an error, when the first credentials took longer than this; 0: never. */
  readonly startTimeoutSeconds: number;
  readonly exitOnRetryFailure: boolean;
  /** Revoke leases and token on shutdown. */
  readonly revoke: boolean;
  readonly revokeTimeoutSeconds: number;
  /** No sidecar follows the init container: nothing is handed over, and nothing is revoked. */
  readonly initOnly: boolean;
  /** Health and metrics on this port; 0: off. */
  readonly healthPort: number;
  readonly logLevel: "trace" | "debug" | "info" | "warn" | "error";
}
