import type { JsonObject } from "../json.ts";

/** The `auth` block of a login or renewal answer. */
export interface VaultAuth {
  readonly clientToken: string;
  readonly accessor: string;
  readonly policies: readonly string[];
  /** Seconds; 0: the token does not expire. */
  readonly leaseDurationSeconds: number;
  readonly renewable: boolean;
  /** How often the token may be used; 0: without limit. */
  readonly numUses: number;
}

/** One answer of Vault's HTTP API (its documented envelope), parsed and checked. */
export interface VaultResponse {
  readonly status: number;
  readonly requestId: string;
  /** `""`: no lease. */
  readonly leaseId: string;
  readonly leaseDurationSeconds: number;
  readonly renewable: boolean;
  readonly data: JsonObject | null;
  readonly auth: VaultAuth | null;
  /** Token of a response-wrapped answer. */
  readonly wrapToken: string | null;
  readonly warnings: readonly string[];
  /** The body as received: templates decode it themselves, so that numbers keep their digits. */
  readonly body: string;
}

/** One call of Vault's HTTP API. */
export interface VaultRequest {
  readonly method: "GET" | "LIST" | "POST" | "PUT" | "DELETE";
  /** Without the leading `/v1/`, e.g. `database/creds/app-role`. */
  readonly path: string;
  readonly token?: string;
  readonly body?: JsonObject;
  readonly query?: Readonly<Record<string, string>>;
  /** Overrides the connection's namespace. */
  readonly namespace?: string;
  readonly signal?: AbortSignal;
  /** Less than the connection's, which is the limit in any case. */
  readonly timeoutSeconds?: number;
}

/** Vault behind one function; the agent and its tests know nothing more of the network. */
export interface VaultClient {
  readonly address: string;
  /** Sends one request once (no retries). @throws VaultError when Vault refuses or cannot be reached. */
  send(request: VaultRequest): Promise<VaultResponse>;
  close(): void;
}
