import { KeycardError } from "../errors.ts";

/**
 * What a failed call means to the caller:
 * - `unreachable`, `timeout`, `tls`: no whole answer came back;
 * - `protocol`: what came back is not Vault's;
 * - `sealed`, `standby`, `stale`: this Vault node cannot answer for now (`stale`: a performance standby that
 *   has not caught up yet, status 412);
 * - `rate-limited`: 429; `server`: any other 5xx;
 * - `denied`: 403; `not-found`: 404; `invalid`: any other 4xx;
 * - `aborted`: the caller's signal, or `close()`.
 */
export type VaultErrorKind =
  | "unreachable"
  | "timeout"
  | "tls"
  | "protocol"
  | "sealed"
  | "standby"
  | "stale"
  | "rate-limited"
  | "server"
  | "denied"
  | "not-found"
  | "invalid"
  | "aborted";

const RETRYABLE: ReadonlySet<VaultErrorKind> = new Set([
  "unreachable",
  "timeout",
  "tls",
  "protocol",
  "sealed",
  "standby",
  "stale",
  "rate-limited",
  "server",
]);

export interface VaultErrorDetails {
  /** HTTP status; 0: none came back. */
  readonly status?: number;
  readonly errors?: readonly string[];
  readonly retryAfterSeconds?: number | undefined;
  /** What to do about it; ends the message. */
  readonly fix?: string;
  readonly cause?: unknown;
}

/** Vault refused a call or could not be reached. The message holds neither token nor body. */
export class VaultError extends KeycardError {
  readonly kind: VaultErrorKind;
  /** HTTP status; 0: none came back. */
  readonly status: number;
  /** Vault's own messages. */
  readonly errors: readonly string[];
  /** What `Retry-After` asked for. */
  readonly retryAfterSeconds: number | undefined;
  /** Whether the same call may succeed later with nothing changed on our side. */
  readonly retryable: boolean;
  /** The message without the fix. */
  readonly problem: string;

  /** @param problem what was asked, of whom, and what came back: a sentence without its full stop. */
  constructor(kind: VaultErrorKind, problem: string, details: VaultErrorDetails = {}) {
    const sentence = problem.endsWith(".") ? problem : `${problem}.`;
    super(
      `KEYCARD_VAULT_${kind.toUpperCase().replace("-", "_")}`,
      `${sentence} ${details.fix ?? ""}`.trimEnd(),
      {
        cause: details.cause,
      },
    );
    this.name = "VaultError";
    this.problem = problem;
    this.kind = kind;
    this.status = details.status ?? 0;
    this.errors = details.errors ?? [];
    this.retryAfterSeconds = details.retryAfterSeconds;
    this.retryable = RETRYABLE.has(kind);
  }

  /** The same error with better advice than the client could give. */
  withFix(fix: string): VaultError {
    return new VaultError(this.kind, this.problem, {
      status: this.status,
      errors: this.errors,
      retryAfterSeconds: this.retryAfterSeconds,
      fix,
      cause: this.cause,
    });
  }
}
