import type { AnnotationProblem } from "../annotations/problem.ts";
import type { InjectionRequest } from "../annotations/request.ts";
import type { Container, EnvVar, Pod, Volume, VolumeMount } from "../injection/pod.ts";

/** The service-account token that the agent logs in with. */
export interface TokenSource {
  /** The volume's mount for the agent's containers; absent: the API server adds it, as to every container. */
  readonly mount?: VolumeMount;
  /** Absolute path of the token file. */
  readonly tokenPath: string;
  /** A volume to add, when the pod has none to use. */
  readonly volume?: Volume;
}

/** Everything an engine needs to build containers: what is asked for, and the pod as its owner wrote it. */
export interface InjectionPlan {
  readonly request: InjectionRequest;
  /** The pod without the agent's containers that an earlier pass may have added. */
  readonly pod: Pod;
  readonly token: TokenSource | undefined;
  /** `KEYCARD_HARDEN`: engine `vault-agent` also applies what engine `native` always does. */
  readonly harden: boolean;
  /** The uid of the agent's containers: asked for, or the app's own. */
  readonly runAsUser: number;
}

/** Variables that mean something only together: a container that sets any of them gets none. */
export type EnvGroup = readonly EnvVar[];

/** What an engine adds to a pod. `src/injection` turns it into a patch, adding only what is missing. */
export interface Additions {
  readonly volumes: readonly Volume[];
  readonly initContainers: readonly Container[];
  /** Index among the pod's own init containers before which ours go. */
  readonly initIndex: number;
  readonly containers: readonly Container[];
  /** For the app's selected containers. */
  readonly appMounts: readonly VolumeMount[];
  readonly appEnv: readonly EnvGroup[];
  /** For the pod's own init containers. */
  readonly initMounts: readonly VolumeMount[];
  readonly initEnv: readonly EnvGroup[];
}

/** What an engine makes of a plan, and what it found wrong. With problems, the additions only serve to find more. */
export interface EngineResult {
  readonly additions: Additions;
  readonly problems: readonly AnnotationProblem[];
}

/** What an engine makes for one pod of a workload: pure, the same bytes for the same plan. */
export type PodEngine = (plan: InjectionPlan) => EngineResult;

/**
 * Prepares what all pods with the same annotations share, once. The plans that follow are of such pods, with
 * this very request. What it returns keeps nothing of a pod that could make it grow.
 */
export type Engine = (request: InjectionRequest, annotations: Readonly<Record<string, string>>) => PodEngine;
