import type { AnnotationProblem } from "../annotations/problem.ts";
import type { ResourceQuantities } from "../annotations/settings.ts";
import type { Container, Pod, VolumeMount } from "../injection/pod.ts";
import type { JsonObject, JsonValue } from "../json.ts";
import { annotationKey } from "./annotation-key.ts";
import { applyContainerPatch } from "./container-patch.ts";
import type { InjectionPlan } from "./engine.ts";

/** Size limits of the memory volumes: rendered files, and the agent's own few small ones. */
export const SECRETS_SIZE_LIMIT = "64Mi";
export const AGENT_SIZE_LIMIT = "16Mi";

/** `resources` of the agent's containers; an empty quantity leaves its entry out. */
export function resourceRequirements(limits: ResourceQuantities, requests: ResourceQuantities): JsonObject {
  const limited = resourceList(limits);
  const requested = resourceList(requests);
  return {
    ...(Object.keys(limited).length > 0 ? { limits: limited } : {}),
    ...(Object.keys(requested).length > 0 ? { requests: requested } : {}),
  };
}

function resourceList({ cpu, memory, ephemeralStorage }: ResourceQuantities): JsonObject {
  return {
    ...(cpu === "" ? {} : { cpu }),
    ...(ephemeralStorage === "" ? {} : { "ephemeral-storage": ephemeralStorage }),
    ...(memory === "" ? {} : { memory }),
  };
}

/** The agent's security context; `seccomp` makes it fit Pod Security's `restricted` profile. */
export function securityContext(plan: InjectionPlan, seccomp: boolean): JsonObject {
  const { runAsGroup } = plan.request.agent;
  return {
    capabilities: { drop: ["ALL"] },
    runAsUser: plan.runAsUser,
    runAsGroup,
    runAsNonRoot: plan.runAsUser !== 0 && runAsGroup !== 0,
    readOnlyRootFilesystem: true,
    allowPrivilegeEscalation: false,
    ...(seccomp ? { seccompProfile: { type: "RuntimeDefault" } } : {}),
  };
}

/**
 * Mounts of the container named by `agent-copy-volume-mounts`, for the agent's containers. Service-account
 * tokens are left out, as is a path that the agent mounts itself: two mounts of one path make a pod invalid.
 */
export function copiedMounts(pod: Pod, from: string | undefined, own: readonly VolumeMount[]): VolumeMount[] {
  if (from === undefined) {
    return [];
  }
  const taken = new Set(own.map(({ mountPath }) => mountPath));
  const copied: VolumeMount[] = [];
  for (const container of [...pod.spec.containers, ...(pod.spec.initContainers ?? [])]) {
    for (const mount of container.name === from ? (container.volumeMounts ?? []) : []) {
      if (!mount.mountPath.toLowerCase().includes("serviceaccount") && !taken.has(mount.mountPath)) {
        taken.add(mount.mountPath);
        copied.push(mount);
      }
    }
  }
  return copied;
}

/** Applies the user's JSON patches (`agent-init-json-patch`, `agent-json-patch`) to the built containers. */
export function patchContainers(
  plan: InjectionPlan,
  initContainer: Container | undefined,
  sidecar: Container | undefined,
): {
  readonly initContainer: Container | undefined;
  readonly sidecar: Container | undefined;
  readonly problems: readonly AnnotationProblem[];
} {
  const problems: AnnotationProblem[] = [];
  const patched = (
    container: Container | undefined,
    patch: readonly JsonValue[] | undefined,
    name: string,
  ): Container | undefined => {
    if (container === undefined || patch === undefined || patch.length === 0) {
      return container;
    }
    const result = applyContainerPatch(container, patch);
    if (result.kind === "patched") {
      return result.container;
    }
    problems.push({ annotation: annotationKey(plan, name), message: result.message });
    return container;
  };
  return {
    initContainer: patched(initContainer, plan.request.agent.initPatch, "agent-init-json-patch"),
    sidecar: patched(sidecar, plan.request.agent.sidecarPatch, "agent-json-patch"),
    problems,
  };
}
