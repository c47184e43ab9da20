import { encoded, type InjectionOutcome } from "../injection/outcome.ts";
import type { JsonValue } from "../json.ts";
import type { Admission, Failed } from "./admission.ts";
import { exampleOf, type Pattern, particularsOf, patternOf } from "./likeness.ts";
import { recentlyUsed } from "./recently-used.ts";
import { type Remembered, remember } from "./remembered.ts";
import { decodeReview, type Review, type ReviewHeader } from "./review.ts";

/** Decides about pods; pure, so the same pod of the same request in the same context gets the same outcome. */
export interface Mutation {
  readonly decide: (pod: JsonValue, request: Pick<Review, "namespace" | "isUpdate">) => InjectionOutcome;
  /** What decides about the pods of a namespace besides themselves: the same object as long as it is the same. */
  readonly contextOf: (namespace: string) => object;
}

/** Decides about the review in a request's body. @throws {RequestFault} for what is no review. */
export type Admit = (body: Buffer) => Admission;

/** A usual workload counts for some 9 KB. */
const BOUNDS = { entries: 1024, bytes: 10 * 1024 * 1024, bytesOfOne: 64 * 1024 };

/** What became of the last review of some kind, and becomes of all that are like it. */
interface Known {
  readonly pattern: Pattern;
  readonly header: ReviewHeader;
  readonly context: object;
  readonly remembered: Remembered;
}

/**
 * Admits every review as if it had seen no other, and sooner those like some that it admitted lately, such as those of
 * the other pods of a ReplicaSet: they are not even parsed. What it remembers is bounded, and begins with the second
 * pod of a name: of many workloads there is only one.
 */
export function createAdmitter(mutation: Mutation): Admit {
  const knownByName = recentlyUsed<Known | "seen once">(BOUNDS);
  const admitAlike = (body: Buffer, known: Known): Admission | undefined => {
    if (known.context !== mutation.contextOf(known.header.namespace)) return undefined;
    const particulars = particularsOf(body, known.pattern);
    if (particulars === undefined) return undefined;
    const { uid, token } = particulars;
    return { review: { ...known.header, uid }, outcome: known.remembered.outcomeFor(token) };
  };
  const admitAlone = (body: Buffer, name: string, wasSeen: boolean): Admission => {
    const review = decodeReview(body);
    const outcome = decided(review, mutation);
    if (mayComeAgain(outcome, body)) {
      const known = wasSeen ? knownOf(body, review, outcome, mutation) : "seen once";
      if (known !== undefined) knownByName.set(name, known, name.length + sizeOf(known));
    }
    return { review, outcome: outcome.kind === "failed" ? outcome : encoded(outcome) };
  };
  return (body) => {
    const name = body.length > BOUNDS.bytesOfOne ? "" : commonName(body);
    const known = knownByName.get(name);
    const alike = known === undefined || known === "seen once" ? undefined : admitAlike(body, known);
    return alike ?? admitAlone(body, name, known !== undefined);
  };
}

/** Room that it takes, in bytes. */
function sizeOf(known: Known | "seen once"): number {
  return known === "seen once" ? 0 : known.pattern.body.length + known.remembered.bytes;
}

const NOTHING_TO_DO: InjectionOutcome = { kind: "skipped", reason: "not-requested", warnings: [] };

function decided(review: Review, { decide }: Mutation): InjectionOutcome | Failed {
  if (review.object === undefined) return NOTHING_TO_DO;
  try {
    return decide(review.object, review);
  } catch (error) {
    return { kind: "failed", error };
  }
}

/** Pods that ask for nothing are decided about quickly, and what is refused seldom comes again. */
function mayComeAgain(outcome: InjectionOutcome | Failed, body: Buffer): outcome is InjectionOutcome {
  if (body.length > BOUNDS.bytesOfOne) return false;
  return outcome.kind === "injected" || (outcome.kind === "skipped" && outcome.reason === "already-injected");
}

/** Undefined where another review that is like this one need not get the same. */
function knownOf(
  body: Buffer,
  { apiVersion, uid, namespace, podName }: Review,
  outcome: InjectionOutcome,
  mutation: Mutation,
): Known | undefined {
  const pattern = patternOf(body, uid);
  if (pattern === undefined) return undefined;
  const example = decided(decodeReview(exampleOf(pattern)), mutation);
  const token = particularsOf(body, pattern)?.token;
  const remembered = example.kind === "failed" ? undefined : remember(outcome, token, example);
  const header = { apiVersion, uid, namespace, podName };
  return remembered && { pattern, header, context: mutation.contextOf(namespace), remembered };
}

const NAME_OPENINGS = [Buffer.from('"namespace":"'), Buffer.from('"generateName":"')];
const QUOTE = '"'.charCodeAt(0);
/** Kubernetes takes no longer ones. */
const LONGEST_NAME = 253;

/**
 * Where to look for a review that is like this one: those of one workload name the same namespace, and what their
 * pods' names begin with. Whether they are alike is another question.
 */
function commonName(body: Buffer): string {
  let name = "";
  for (const opening of NAME_OPENINGS) {
    const at = body.indexOf(opening);
    if (at === -1) continue;
    const start = at + opening.length;
    const end = body.indexOf(QUOTE, start);
    name += `${body.toString("latin1", start, Math.min(end, start + LONGEST_NAME))}/`;
  }
  return name;
}
