import { type AnnotatedPod, type AnnotationsResult, readAnnotations } from "../annotations/read.ts";
import type { InjectionRequest } from "../annotations/request.ts";
import type { InjectionSettings } from "../annotations/settings.ts";
import type { Engine, PodEngine } from "../engines/engine.ts";
import { nativeEngine } from "../engines/native/engine.ts";
import { vaultAgentEngine } from "../engines/vault-agent/engine.ts";
import { recentlyUsed } from "./recently-used.ts";

/** What pods with the same annotations and container names in the same Namespace have in common. */
export interface Workload {
  readonly read: AnnotationsResult;
  /** Undefined where nothing is asked for that could be built. */
  readonly engine: PodEngine | undefined;
}

/** What of a pod its workload is read from: all of an `AnnotatedPod` but the operator's settings. */
export type WorkloadPod = Omit<AnnotatedPod, "settings">;

const ENGINES: Readonly<Record<InjectionRequest["engine"], Engine>> = {
  native: nativeEngine,
  "vault-agent": vaultAgentEngine,
};

/** Reads a pod's annotations and prepares its engine. Pure, as `readAnnotations` is. */
export function readWorkload(pod: WorkloadPod, settings: InjectionSettings): Workload {
  const read = readAnnotations({ ...pod, settings });
  const request = read.kind === "request" || read.kind === "invalid" ? read.request : undefined;
  const engine = request === undefined ? undefined : ENGINES[request.engine](request, pod.annotations);
  return { read, engine };
}

/**
 * What is made of annotations takes up to some twenty times their room: these bounds hold it to about 20 MB with
 * the densest annotations, and to 7 MB with usual ones.
 */
const BOUNDS = { entries: 1024, characters: 1024 * 1024, charactersOfOne: 8 * 1024 };

/** `readWorkload` that remembers the workloads seen last: a ReplicaSet's or Job's pods are read once. */
export function rememberedWorkloads(settings: InjectionSettings): (pod: WorkloadPod) => Workload {
  const known = recentlyUsed<Workload>(BOUNDS);
  return (pod) => {
    // Everything that is read but the settings, in full: no two inputs share a key.
    const key = JSON.stringify(pod);
    const remembered = known.get(key);
    if (remembered !== undefined) return remembered;
    const workload = readWorkload(pod, settings);
    // What asks for nothing is read quickly, and what is refused seldom comes again.
    if (workload.read.kind === "request") known.set(key, workload);
    return workload;
  };
}
