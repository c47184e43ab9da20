import type { Operation } from "fast-json-patch";
import type { AnnotationProblem } from "../annotations/problem.ts";
import type { EngineName } from "../annotations/settings.ts";

/** Why a pod is left alone. */
export type SkipReason = "not-requested" | "disabled" | "already-injected" | "already-running";

/** What injection decided about one pod. The same for the webhook and for `keycard inject`. */
export type InjectionOutcome =
  | SkippedOrDenied
  | (Injected & {
      /** RFC 6902, from the pod as it came to the pod as it shall be. Only `add`, `replace` and `remove`. */
      readonly patch: readonly Operation[];
    });

/** An outcome as an AdmissionReview carries it. */
export type EncodedOutcome =
  | SkippedOrDenied
  | (Injected & {
      /** The operations as JSON in base64. */
      readonly encodedPatch: string;
    });

type SkippedOrDenied =
  | { readonly kind: "skipped"; readonly reason: SkipReason; readonly warnings: readonly string[] }
  | {
      readonly kind: "denied";
      readonly problems: readonly AnnotationProblem[];
      readonly warnings: readonly string[];
    };

interface Injected {
  readonly kind: "injected";
  readonly warnings: readonly string[];
  readonly summary: InjectionSummary;
}

/** For the log line and the metrics of one injection. */
export interface InjectionSummary {
  readonly engine: EngineName;
  readonly mode: "init_and_sidecar" | "init_only" | "sidecar_only" | "none";
  readonly secrets: number;
  readonly containers: readonly string[];
}

/** The same outcome with its patch encoded. */
export function encoded(outcome: InjectionOutcome): EncodedOutcome {
  if (outcome.kind !== "injected") return outcome;
  const { patch, ...rest } = outcome;
  return { ...rest, encodedPatch: Buffer.from(JSON.stringify(patch)).toString("base64") };
}
