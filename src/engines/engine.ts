import type { InjectionRequest } from "../annotations/request.ts";
import type { Container, EnvVar, Pod, Volume, VolumeMount } from "../injection/pod.ts";

/** The service-account token that the agent logs in with. */
export interface TokenSource {
  /** The volume's mount for the agent's containers. */
  readonly mount: VolumeMount;
  /** Absolute path of the token file under it. */
  readonly tokenPath: string;
  /** A volume to add, when the pod has none to use. */
  readonly volume?: Volume;
}

/** Everything an engine needs to build containers: what is asked for, and the pod as it came. */
export interface InjectionPlan {
  readonly request: InjectionRequest;
  readonly pod: Pod;
  readonly token: TokenSource | undefined;
}

/** What an engine adds to a pod. `src/injection` turns it into a patch, adding only what is missing. */
export interface Additions {
  readonly volumes: readonly Volume[];
  readonly initContainers: readonly Container[];
  readonly containers: readonly Container[];
  /** For the app's selected containers. */
  readonly appMounts: readonly VolumeMount[];
  readonly appEnv: readonly EnvVar[];
  /** For the pod's own init containers. */
  readonly initMounts: readonly VolumeMount[];
  readonly initEnv: readonly EnvVar[];
}

/** Builds the containers of one engine: pure, the same bytes for the same plan. */
export type Engine = (plan: InjectionPlan) => Additions;
