import { type AnnotatedPod, type AnnotationsResult, readAnnotations } from "../annotations/read.ts";
import type { InjectionRequest } from "../annotations/request.ts";
import type { InjectionSettings } from "../annotations/settings.ts";
import type { Engine, PodEngine } from "../engines/engine.ts";
import { nativeEngine } from "../engines/native/engine.ts";
import { vaultAgentEngine } from "../engines/vault-agent/engine.ts";

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
