import type { InjectionSettings } from "../annotations/settings.ts";
import type { Clock } from "../cluster/clock.ts";
import type { ClusterFeatures } from "../cluster/kubernetes.ts";
import { type ProblemEvents, trouble } from "../cluster/trouble.ts";
import type { ClusterFeature } from "../settings/webhook.ts";
import type { Admit } from "./admitter.ts";

/** Where a cluster's version is unknown: nearly every cluster has them, and few have the rest. */
const USUAL_FEATURES: ClusterFeatures = { nativeSidecar: true, envFromFile: false, restartInPlace: false };

const ASK_AGAIN_MILLISECONDS = 5000;

export interface ClusterAdmitterOptions extends ProblemEvents {
  readonly settings: InjectionSettings;
  /** Which of the settings the cluster's version decides. */
  readonly askCluster: readonly ClusterFeature[];
  readonly features: () => Promise<ClusterFeatures>;
  readonly clock: Clock;
  readonly admitterWith: (settings: InjectionSettings) => Admit;
}

/**
 * An admitter that goes by what the cluster can do. As long as the cluster does not say, it goes by what is usual, and
 * asks again until the signal: of two replicas one must not refuse for ever what the other takes.
 */
export async function clusterAdmitter(options: ClusterAdmitterOptions, signal: AbortSignal): Promise<Admit> {
  const { settings, askCluster, clock } = options;
  const { failed, recovered } = trouble(options);
  const admitterFor = (features: ClusterFeatures): Admit =>
    options.admitterWith({
      ...settings,
      ...Object.fromEntries(askCluster.map((name) => [name, features[name]])),
    });
  let admit = admitterFor(USUAL_FEATURES);
  const ask = async (): Promise<boolean> => {
    try {
      admit = admitterFor(await options.features());
      recovered();
      return true;
    } catch (error) {
      failed(error);
      return false;
    }
  };
  const askAgain = async (): Promise<void> => {
    for (let known = false; !known; known = signal.aborted || (await ask())) {
      await clock.sleep(ASK_AGAIN_MILLISECONDS, signal);
    }
  };
  if (!(await ask())) void askAgain();
  return (body) => admit(body);
}
