import type { AnnotationProblem } from "../annotations/problem.ts";
import type { InjectionRequest } from "../annotations/request.ts";
import type { InjectionSettings } from "../annotations/settings.ts";
import { otherAgentContainerNames } from "../engines/agent-names.ts";
import type { PodEngine } from "../engines/engine.ts";
import type { InjectionOutcome, InjectionSummary } from "./outcome.ts";
import { patchPod } from "./patch.ts";
import { planInjection } from "./plan.ts";
import type { Pod } from "./pod.ts";
import { wrongMetadata, wrongSpec } from "./pod-shape.ts";
import { readWorkload, type Workload, type WorkloadPod } from "./workload.ts";

/** What injection knows besides the pod itself. */
export interface InjectionContext {
  /** Namespace of the request: a new pod's own may still be empty. */
  readonly namespace: string;
  readonly namespaceAnnotations: Readonly<Record<string, string>>;
  readonly settings: InjectionSettings;
  /**
   * The pod has not been through the API server, which adds the service-account token's volume and mounts to
   * every container unless the pod forbids it.
   */
  readonly tokenIsAddedLater?: boolean;
  /** The pod exists already, and is being changed. */
  readonly isUpdate?: boolean;
}

/** Namespaces of the cluster's own parts, whose pods must never wait for Vault. */
const SYSTEM_NAMESPACES = ["kube-system", "kube-public"];

/**
 * Decides about one pod: leave it, refuse it, or patch it. Pure, and total: whatever JSON comes as a pod,
 * the answer is an outcome and never an exception.
 *
 * What to add is decided by what the pod already has, not by its status annotation: a second call, a pod
 * restored from a backup, and containers that another webhook added later all end as one call would have.
 */
export function injectPod(pod: Pod, context: InjectionContext): InjectionOutcome {
  return decide(pod, context, (workloadPod) => readWorkload(workloadPod, context.settings));
}

/** `injectPod` with a way to read workloads. */
export function decide(
  pod: Pod,
  context: InjectionContext,
  workloadOf: (pod: WorkloadPod) => Workload,
): InjectionOutcome {
  const wrong = wrongMetadata(pod);
  if (wrong !== undefined) {
    return denied([podProblem(wrong)], []);
  }
  const wrongPod = wrongSpec(pod);
  const { read, engine } = workloadOf({
    namespace: context.namespace,
    annotations: pod.metadata?.annotations ?? {},
    namespaceAnnotations: context.namespaceAnnotations,
    containerNames: wrongPod === undefined ? pod.spec.containers.map(({ name }) => name) : [],
    initContainerNames: wrongPod === undefined ? (pod.spec.initContainers ?? []).map(({ name }) => name) : [],
  });
  if (read.kind === "not-requested" || read.kind === "disabled") {
    return { kind: "skipped", reason: read.kind, warnings: read.warnings };
  }
  const found = read.kind === "invalid" ? [...read.problems] : [];
  if (wrongPod !== undefined) {
    return denied([...found, podProblem(wrongPod)], read.warnings);
  }
  const countsAsRunning = isRunning(pod) && (context.isUpdate || read.request?.engine !== "native");
  if (countsAsRunning && !found.some(isOptIn)) {
    return { kind: "skipped", reason: "already-running", warnings: [] };
  }
  if (SYSTEM_NAMESPACES.includes(context.namespace)) {
    found.push(podProblem(`cannot inject into system namespaces: ${context.namespace}`));
  }
  return read.request === undefined || engine === undefined
    ? denied(found, read.warnings)
    : injectRequest(
        pod,
        { request: read.request, engine, problems: found, warnings: read.warnings },
        context,
      );
}

/** What is known of a pod before its containers are built. */
interface Found {
  readonly request: InjectionRequest;
  readonly engine: PodEngine;
  readonly problems: readonly AnnotationProblem[];
  readonly warnings: readonly string[];
}

function injectRequest(
  pod: Pod,
  { request, engine, problems, warnings }: Found,
  context: InjectionContext,
): InjectionOutcome {
  const other = otherAgent(pod, request);
  if (other !== undefined) {
    const warning = `the pod already has ${other}, another engine's agent: nothing was added`;
    return { kind: "skipped", reason: "already-injected", warnings: [...warnings, warning] };
  }
  const planned = planInjection(pod, request, context.settings, context.tokenIsAddedLater ?? false);
  const built = engine(planned.plan);
  const patch = patchPod(pod, built.additions, request, context.settings);
  const all = [...problems, ...planned.problems, ...built.problems, ...patch.problems];
  if (all.length > 0) {
    return denied(all, warnings);
  }
  if (patch.operations.length === 0) {
    return { kind: "skipped", reason: "already-injected", warnings };
  }
  const summary = summarize(request, patch.containers);
  return { kind: "injected", patch: patch.operations, warnings, summary };
}

/**
 * By its status, which the API server takes away from a pod that is created: there it is a copy of another's, and
 * only the Vault Agent Injector's users may expect that it counts.
 */
function isRunning({ status }: Pod): boolean {
  const phase = status?.phase ?? "";
  return phase !== "" && phase !== "Pending";
}

function isOptIn({ annotation }: AnnotationProblem): boolean {
  return /\/(?:agent-)?inject$/.test(annotation);
}

/** The agent of another engine (or injector) that is in the pod already, with its secrets volume. */
function otherAgent({ spec }: Pod, request: InjectionRequest): string | undefined {
  const names = otherAgentContainerNames(request);
  const agent = [...(spec.initContainers ?? []), ...spec.containers].find(
    ({ name, volumeMounts }) =>
      names.includes(name) &&
      (volumeMounts ?? []).some((mount) => /^(vault|openbao)-secrets$/.test(mount.name)),
  );
  return agent?.name;
}

function podProblem(message: string): AnnotationProblem {
  return { annotation: "", message };
}

function denied(problems: readonly AnnotationProblem[], warnings: readonly string[]): InjectionOutcome {
  return { kind: "denied", problems, warnings };
}

function summarize(request: InjectionRequest, containers: readonly string[]): InjectionSummary {
  return {
    engine: request.engine,
    mode: mode(request),
    secrets: request.secrets.length + request.postgres.length,
    containers,
  };
}

function mode({ engine, native, prePopulate, prePopulateOnly }: InjectionRequest): InjectionSummary["mode"] {
  if (prePopulate && (engine !== "native" || native.initContainer)) {
    return prePopulateOnly ? "init_only" : "init_and_sidecar";
  }
  return prePopulateOnly ? "none" : "sidecar_only";
}
