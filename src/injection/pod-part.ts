import { isJsonObject, type JsonValue } from "../json.ts";
import type { InjectionContext } from "./inject.ts";
import type { Pod } from "./pod.ts";

/** All that injection is told of a pod, but the settings. */
export type Admitted = Omit<InjectionContext, "settings"> & { readonly pod: Pod };

/**
 * The part of it that decides: all that injection reads, with undefined for what is not there. In it pods of one
 * workload differ at most in the name of their token volume: their own names, labels, claims and nodes are not in it.
 * What has not the shape of a pod is in it as it came.
 */
export function decidingPart({ pod, namespace, namespaceAnnotations, tokenIsAddedLater }: Admitted): object {
  return { namespace, namespaceAnnotations, tokenIsAddedLater, pod: podPart(pod) };
}

function podPart(pod: unknown): unknown {
  if (!isJsonObject(pod)) return pod;
  const { metadata, spec, status } = pod;
  return {
    metadata: isJsonObject(metadata) ? { annotations: metadata.annotations } : metadata,
    spec: isJsonObject(spec) ? specPart(spec) : spec,
    status: isJsonObject(status) ? { phase: status.phase } : status,
  };
}

function specPart(spec: Readonly<Record<string, JsonValue | undefined>>): object {
  const { containers, initContainers, volumes, os } = spec;
  return {
    containers: Array.isArray(containers) ? containers.map(containerPart) : containers,
    initContainers: Array.isArray(initContainers) ? initContainers.map(containerPart) : initContainers,
    volumes: Array.isArray(volumes) ? volumes.map(volumePart) : volumes,
    shareProcessNamespace: spec.shareProcessNamespace,
    hostNetwork: spec.hostNetwork,
    os: isJsonObject(os) ? { name: os.name } : os,
    terminationGracePeriodSeconds: spec.terminationGracePeriodSeconds,
    automountServiceAccountToken: spec.automountServiceAccountToken,
    securityContext: userPart(spec.securityContext),
  };
}

function containerPart(container: unknown): unknown {
  if (!isJsonObject(container)) return container;
  const { name, env, volumeMounts, securityContext, restartPolicy } = container;
  return { name, env, volumeMounts, securityContext: userPart(securityContext), restartPolicy };
}

function userPart(securityContext: unknown): unknown {
  return isJsonObject(securityContext) ? { runAsUser: securityContext.runAsUser } : securityContext;
}

/** Each pod of a StatefulSet has a claim of its own. */
function volumePart(volume: unknown): unknown {
  return isJsonObject(volume) && isJsonObject(volume.persistentVolumeClaim)
    ? { ...volume, persistentVolumeClaim: {} }
    : volume;
}
