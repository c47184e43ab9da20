import type { AnnotationProblem } from "../annotations/problem.ts";
import type { InjectionRequest } from "../annotations/request.ts";
import type { InjectionSettings } from "../annotations/settings.ts";
import { agentContainerNames } from "../engines/agent-names.ts";
import { annotationKey } from "../engines/annotation-key.ts";
import type { InjectionPlan } from "../engines/engine.ts";
import type { Container, Pod } from "./pod.ts";
import { tokenSourceByKind, tokenSourceByPath } from "./token-source.ts";

/** A plan and what speaks against it. With problems, it only serves to find more of them. */
export interface PlanResult {
  readonly plan: InjectionPlan;
  readonly problems: readonly AnnotationProblem[];
}

/** Settles what depends on the pod itself: its token, its app's uid, its process namespace. */
export function planInjection(
  pod: Pod,
  request: InjectionRequest,
  settings: InjectionSettings,
  tokenIsAddedLater: boolean,
): PlanResult {
  const names = agentContainerNames(request);
  const own = withoutAgent(pod, names);
  const problems: AnnotationProblem[] = [];
  if (pod.spec.os?.name === "windows") {
    problems.push({ annotation: "", message: "the pod is for Windows, which no agent runs on" });
  }
  const harden = settings.harden || request.engine === "native";

  const source = harden
    ? tokenSourceByKind(own, request)
    : tokenSourceByPath(own, request, tokenIsAddedLater);
  if (source.kind === "missing") {
    problems.push({
      annotation: annotationKey({ pod, request }, "agent-service-account-token-volume-name"),
      message: source.message,
    });
  }
  const user = agentUser(own, agentIn(pod, names), request);
  if (typeof user === "string") {
    problems.push({ annotation: annotationKey({ pod, request }, "agent-run-as-same-user"), message: user });
  }
  const whyUnshared = request.shareProcessNamespace === true ? unsharable(pod) : undefined;
  if (whyUnshared !== undefined) {
    const annotation = annotationKey({ pod, request }, sharingAnnotation(request));
    problems.push({ annotation, message: whyUnshared });
  }
  const plan: InjectionPlan = {
    request,
    pod: own,
    token: source.kind === "found" ? source.token : undefined,
    harden: settings.harden,
    runAsUser: typeof user === "number" ? user : request.agent.runAsUser,
  };
  return { plan, problems };
}

/** Why a pod cannot share its process namespace; undefined: it can. */
function unsharable({ spec }: Pod): string | undefined {
  if (spec.shareProcessNamespace === false) {
    return "shareProcessNamespace explicitly disabled on the pod, refusing to enable it";
  }
  return spec.hostPID === true
    ? "would share the process namespace of a pod that has its node's (hostPID): Kubernetes takes only one of the two"
    : undefined;
}

/** The name of the annotation that asks for a shared process namespace: itself, or one that sends signals. */
function sharingAnnotation({ engine, native }: InjectionRequest): string {
  const [name] = [...native.notifyOf].find(([, { kind }]) => kind === "signal") ?? [];
  if (engine === "native" && native.notify.kind === "signal") return "notify";
  return name === undefined ? "agent-share-process-namespace" : `notify-${name}`;
}

/** The pod as its owner wrote it: without containers that an earlier pass added. */
function withoutAgent(pod: Pod, names: readonly string[]): Pod {
  const { containers, initContainers } = pod.spec;
  const isOwn = ({ name }: { readonly name: string }): boolean => !names.includes(name);
  if (containers.every(isOwn) && (initContainers ?? []).every(isOwn)) {
    return pod;
  }
  return {
    ...pod,
    spec: {
      ...pod.spec,
      containers: containers.filter(isOwn),
      initContainers: (initContainers ?? []).filter(isOwn),
    },
  };
}

/** A container that an earlier pass added. */
function agentIn({ spec }: Pod, names: readonly string[]): Container | undefined {
  return [...(spec.initContainers ?? []), ...spec.containers].find(({ name }) => names.includes(name));
}

/**
 * The agent's uid, or what keeps it from being the first app container's. Engine `vault-agent` looks at that
 * container alone, as the Vault Agent Injector does; engine `native` at the pod's security context as well.
 * What an earlier pass decided holds: another webhook may have put a container of its own first meanwhile.
 */
function agentUser(
  pod: Pod,
  present: Container | undefined,
  { agent, engine }: InjectionRequest,
): number | string {
  if (!agent.runAsSameUser) {
    return agent.runAsUser;
  }
  if (present !== undefined) {
    return notRoot(present.name, present.securityContext?.runAsUser ?? agent.runAsUser);
  }
  const [first] = pod.spec.containers;
  if (first === undefined) {
    return "No containers found in Pod Spec";
  }
  const inherited = engine === "native" ? pod.spec.securityContext?.runAsUser : undefined;
  const user = first.securityContext?.runAsUser ?? inherited;
  if (user === undefined || user === null) {
    return first.securityContext === undefined || first.securityContext === null
      ? `No SecurityContext found for Container 0 (${first.name}): set its securityContext.runAsUser`
      : `RunAsUser is nil for Container 0's SecurityContext (${first.name}): set its runAsUser`;
  }
  return notRoot(first.name, user);
}

function notRoot(container: string, user: number): number | string {
  return user === 0 ? `container not allowed to run as root: ${container} has runAsUser 0` : user;
}
