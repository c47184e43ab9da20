import type { Failure, FailureKind } from "../leases/index.ts";
import { VaultError, type VaultErrorKind } from "../vault/error.ts";
import { LoginError } from "../vault/login/login-method.ts";

/** Network errors before a connection stood: nothing can have been done. */
const NEVER_SENT: ReadonlySet<string> = new Set([
  "ECONNREFUSED",
  "ENOTFOUND",
  "EAI_AGAIN",
  "EHOSTUNREACH",
  "ENETUNREACH",
  "ENOENT",
]);

/** What is asked of Vault, as far as it changes what a refusal means. */
export type Call = "login" | "read" | "lease" | "token";

function isNeverSent(error: Error): boolean {
  for (let cause: unknown = error; cause instanceof Error; cause = cause.cause) {
    if ("code" in cause && typeof cause.code === "string" && NEVER_SENT.has(cause.code)) return true;
  }
  return false;
}

const UNAVAILABLE: ReadonlySet<VaultErrorKind> = new Set([
  "unreachable",
  "tls",
  "protocol",
  "sealed",
  "standby",
  "stale",
  "rate-limited",
  "aborted",
]);

/** Vault answers 400 for a lease it does not know, and for one that it knows and does not renew. */
function invalidKind(error: VaultError, call: Call): FailureKind {
  if (call === "login" || call === "read") return "refused";
  return error.errors.some((text) => /not renewable|cannot be renewed/i.test(text)) ? "refused" : "gone";
}

function kindOf(error: VaultError, call: Call): FailureKind {
  switch (error.kind) {
    case "timeout":
    case "unreachable":
    case "protocol":
      // A read makes a database user; an answer that got lost does not unmake it.
      return call === "read" && !isNeverSent(error) ? "uncertain" : "unavailable";
    case "server":
      // Bad gateway, unavailable, gateway timeout: whatever stands before Vault. 500 is about this one call.
      return [502, 503, 504].includes(error.status) ? "unavailable" : "failed";
    case "denied":
      return "denied";
    case "not-found":
      return call === "login" || call === "read" ? "refused" : "gone";
    case "invalid":
      return invalidKind(error, call);
    default:
      return UNAVAILABLE.has(error.kind) ? "unavailable" : "failed";
  }
}

/** What an error means for what comes next. Anything that is not about Vault is a refusal: a repeat won't mend it. */
export function failureOf(error: unknown, call: Call): Failure {
  if (error instanceof VaultError) {
    return { kind: kindOf(error, call), retryAfterSeconds: error.retryAfterSeconds };
  }
  if (error instanceof LoginError) return { kind: error.retryable ? "failed" : "refused" };
  return { kind: "refused" };
}
