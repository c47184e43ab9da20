import type { Container, EnvVar, Pod } from "../../injection/pod.ts";
import { isJsonObject } from "../../json.ts";

/** Where a container's mounts really are. */
export interface PathMapping {
  readonly containerPath: string;
  readonly localPath: string;
}

/**
 * Rewrites every absolute path under a mount to where the mount is on this machine. Kubernetes would mount
 * the volume there instead; without root, renaming is what is left.
 */
export function localise(text: string, mappings: readonly PathMapping[]): string {
  const longestFirst = [...mappings].sort((a, b) => b.containerPath.length - a.containerPath.length);
  return longestFirst.reduce((result, { containerPath, localPath }) => {
    const path = containerPath.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
    return result.replace(new RegExp(`(?<![\\w./-])${path}(?=[/"'\\s,:;)]|$)`, "g"), () => localPath);
  }, text);
}

/**
 * Expands `$(NAME)` from earlier variables and turns `$$` into `$`, as kubelet does for `env`, `command`
 * and `args` (Kubernetes API, Container.env[].value).
 */
export function expandReferences(text: string, known: ReadonlyMap<string, string>): string {
  return text.replace(/\$\$|\$\(([^)]*)\)/g, (match, name: string | undefined) =>
    name === undefined ? "$" : (known.get(name) ?? match),
  );
}

/** The container's `env` as kubelet would set it, with paths localised. */
export function environmentOf(
  pod: Pod,
  container: Container,
  mappings: readonly PathMapping[],
): Map<string, string> {
  const environment = new Map<string, string>();
  for (const variable of container.env ?? []) {
    environment.set(variable.name, localise(resolveValue(pod, variable, environment), mappings));
  }
  return environment;
}

function resolveValue(pod: Pod, variable: EnvVar, known: ReadonlyMap<string, string>): string {
  const fieldRef = variable.valueFrom?.["fieldRef"];
  if (!isJsonObject(fieldRef)) return expandReferences(variable.value ?? "", known);
  switch (fieldRef["fieldPath"]) {
    case "metadata.name":
      return pod.metadata?.name ?? "";
    case "metadata.namespace":
      return pod.metadata?.namespace ?? "default";
    case "spec.serviceAccountName":
      return pod.spec.serviceAccountName ?? "default";
    case "status.podIP":
    case "status.hostIP":
      return "127.0.0.1";
    default:
      return "";
  }
}
