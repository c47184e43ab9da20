import { type AnnotationProblem, problemLine } from "../annotations/problem.ts";
import type { EncodedOutcome } from "../injection/outcome.ts";
import { asciiJson } from "./ascii-json.ts";
import type { ReviewHeader } from "./review.ts";

/** What became of one review, for its answer, the log and the metrics. */
export interface Admission {
  readonly review: ReviewHeader;
  readonly outcome: EncodedOutcome | Failed;
}

/**
 * A defect of ours. The pod is refused, whatever the registration's failurePolicy, because it may have asked for
 * secrets and would start without.
 */
export interface Failed {
  readonly kind: "failed";
  readonly error: unknown;
}

/**
 * The body that answers a review. All of it is ASCII. The patch, which is most of it, is base64 and pasted in as it is.
 */
export function answer({ review, outcome }: Admission): string {
  const decided = JSON.stringify(decision(outcome)).slice(1, -1);
  const told = asciiJson(`{"uid":${JSON.stringify(review.uid)},${decided}`);
  const patch =
    outcome.kind === "injected" ? `,"patchType":"JSONPatch","patch":"${outcome.encodedPatch}"` : "";
  return `{"kind":"AdmissionReview","apiVersion":"${review.apiVersion}","response":${told}${patch}}}`;
}

function decision(outcome: Admission["outcome"]): object {
  switch (outcome.kind) {
    case "skipped":
      return { allowed: true, ...warningsOf(outcome.warnings) };
    case "failed":
      return {
        allowed: false,
        status: {
          code: 500,
          reason: "InternalError",
          message: "Keycard failed on this pod; its log says why. This is a defect worth reporting.",
        },
      };
    case "denied":
      return {
        allowed: false,
        status: { ...refusal(outcome.problems), message: denialMessage(outcome.problems) },
        ...warningsOf(outcome.warnings),
        auditAnnotations: { decision: "denied", problems: String(outcome.problems.length) },
      };
    case "injected":
      return {
        allowed: true,
        ...warningsOf(outcome.warnings),
        auditAnnotations: {
          decision: "injected",
          engine: outcome.summary.engine,
          mode: outcome.summary.mode,
        },
      };
  }
}

/** A policy forbids; anything else about annotations is invalid; a pod that cannot be read is a bad request. */
function refusal(problems: readonly AnnotationProblem[]): { code: number; reason: string } {
  if (problems.some((problem) => problem.policy !== undefined)) return { code: 403, reason: "Forbidden" };
  if (problems.every((problem) => problem.annotation === "")) return { code: 400, reason: "BadRequest" };
  return { code: 422, reason: "Invalid" };
}

/** A denial shows at least its beginning in every event and terminal. */
const LONGEST_MESSAGE = 8192;

/** Every problem of a denied pod, each with the annotation's name. */
export function denialMessage(problems: readonly AnnotationProblem[]): string {
  const all = problems.map(problemLine).join("; ");
  return all.length > LONGEST_MESSAGE ? `${all.slice(0, LONGEST_MESSAGE)}…` : all;
}

/** Longer warnings may be cut, and more than 4 KiB of them dropped (admission/v1 AdmissionResponse). */
const LONGEST_WARNING = 256;
const LONGEST_WARNINGS = 4096;

function warningsOf(warnings: readonly string[]): { warnings?: string[] } {
  if (warnings.length === 0) return {};
  const told: string[] = [];
  let length = 0;
  for (const warning of warnings) {
    const line = printable(warning);
    length += line.length;
    if (length > LONGEST_WARNINGS - LONGEST_WARNING) {
      told.push(`${warnings.length - told.length} more warnings`);
      break;
    }
    told.push(line);
  }
  return { warnings: told };
}

/** One line of at most 256 bytes, as an HTTP Warning header can carry it. */
function printable(warning: string): string {
  const line = warning.replace(/[\p{Cc}\p{Cs}]+/gu, " ");
  if (Buffer.byteLength(line) <= LONGEST_WARNING) return line;
  const cut = Buffer.from(line).subarray(0, LONGEST_WARNING - 3);
  return `${cut.toString("utf8").replace(/\ufffd+$/, "")}…`;
}
