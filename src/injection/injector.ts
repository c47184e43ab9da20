import type { InjectionSettings } from "../annotations/settings.ts";
import { decide, type InjectionContext } from "./inject.ts";
import { areAlike, exampleOf, type Likeness, likenessOf } from "./likeness.ts";
import { type EncodedOutcome, encoded, type InjectionOutcome } from "./outcome.ts";
import type { Pod } from "./pod.ts";
import type { Admitted } from "./pod-part.ts";
import { recentlyUsed } from "./recently-used.ts";
import { type Remembered, remember } from "./remembered.ts";
import { readWorkload, type Workload, type WorkloadPod } from "./workload.ts";

/** `injectPod` with some settings. */
export type Injector = (pod: Pod, context: Omit<InjectionContext, "settings">) => EncodedOutcome;

/** A usual workload counts for some 5 KB. */
const BOUNDS = { entries: 1024, bytes: 8 * 1024 * 1024, bytesOfOne: 64 * 1024 };

/** What became of the last pod with some name. */
interface Known {
  readonly likeness: Likeness;
  readonly remembered: Remembered;
}

/**
 * `injectPod` for many pods: the same outcomes, sooner for pods like those that were injected lately, such as the
 * others of a ReplicaSet. What it remembers is bounded.
 */
export function createInjector(settings: InjectionSettings): Injector {
  const knownByName = recentlyUsed<Known>(BOUNDS);
  return (pod, context) => {
    const admitted = { ...context, pod };
    const likeness = likenessOf(admitted);
    const name = commonName(admitted);
    const known = knownByName.get(name);
    if (known !== undefined && areAlike(known.likeness, likeness)) {
      return known.remembered.outcomeFor(likeness.token);
    }
    const { outcome, remembered } = injectFirst(admitted, likeness, settings);
    if (remembered === undefined) return encoded(outcome);
    knownByName.set(name, { likeness, remembered }, name.length + remembered.bytes);
    return remembered.outcomeFor(likeness.token);
  };
}

/**
 * Where to look for a pod that is like this one: pods of one workload have the same `generateName`, a StatefulSet's
 * besides their own names. Whether they are alike is another question.
 */
function commonName({ namespace, pod }: Admitted): string {
  const name: unknown = pod?.metadata?.generateName ?? pod?.metadata?.name;
  return typeof name === "string" ? `${namespace}/${name}` : namespace;
}

/** Decides about a pod that is like none before. */
function injectFirst(
  admitted: Admitted,
  likeness: Likeness,
  settings: InjectionSettings,
): { readonly outcome: InjectionOutcome; readonly remembered: Remembered | undefined } {
  let workload: Workload | undefined;
  // The example has the same annotations and container names.
  const workloadOf = (pod: WorkloadPod): Workload => {
    workload ??= readWorkload(pod, settings);
    return workload;
  };
  const decided = ({ pod, ...context }: Admitted): InjectionOutcome =>
    decide(pod, { ...context, settings }, workloadOf);
  const outcome = decided(admitted);
  const example = mayComeAgain(outcome) ? exampleOf(likeness) : undefined;
  const remembered = example && remember(outcome, likeness.token, decided(example.admitted));
  return { outcome, remembered: remembered && { ...remembered, bytes: remembered.bytes + example.bytes } };
}

/** Pods that ask for nothing are decided about quickly, and what is refused seldom comes again. */
function mayComeAgain(outcome: InjectionOutcome): boolean {
  return outcome.kind === "injected" || (outcome.kind === "skipped" && outcome.reason === "already-injected");
}
