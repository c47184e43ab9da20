import { KeycardError } from "../errors.ts";

/** What a caller may have to tell apart about a failed call of the Kubernetes API. */
export type ClusterErrorKind = "conflict" | "forbidden" | "gone" | "invalid" | "unavailable";

const ADVICE: Readonly<Record<ClusterErrorKind, string>> = {
  conflict: "somebody else changed it meanwhile",
  forbidden: "the webhook's service account may not; check its Role and ClusterRole",
  gone: "the API server no longer has that version",
  invalid: "the API server takes no such object, or no change of it; see its reason",
  unavailable: "the Kubernetes API did not answer; it is tried again",
};

/** A call of the Kubernetes API that failed. */
export class ClusterError extends KeycardError {
  readonly kind: ClusterErrorKind;

  /** `what` is the call, e.g. `read Secret keycard/keycard-webhook-certs`. */
  constructor(kind: ClusterErrorKind, what: string, cause?: unknown) {
    super("KEYCARD_CLUSTER", `Cannot ${what}: ${ADVICE[kind]}.`, { cause });
    this.name = "ClusterError";
    this.kind = kind;
  }
}
