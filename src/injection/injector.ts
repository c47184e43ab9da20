import type { InjectionSettings } from "../annotations/settings.ts";
import { decide, type InjectionContext } from "./inject.ts";
import type { InjectionOutcome } from "./outcome.ts";
import type { Pod } from "./pod.ts";
import { readWorkload, type Workload, type WorkloadPod } from "./workload.ts";

/** `injectPod` with some settings. */
export type Injector = (pod: Pod, context: Omit<InjectionContext, "settings">) => InjectionOutcome;

/** An injector that reads the annotations of pods with the same ones only once, if they come one after the other. */
export function createInjector(settings: InjectionSettings): Injector {
  let last: { readonly asked: string; readonly workload: Workload } | undefined;
  const workloadOf = (pod: WorkloadPod): Workload => {
    const asked = JSON.stringify(pod);
    if (last?.asked !== asked) last = { asked, workload: readWorkload(pod, settings) };
    return last.workload;
  };
  return (pod, context) => decide(pod, { ...context, settings }, workloadOf);
}
