import type { Container } from "../../injection/pod.ts";

/** Containers that service meshes put in front of a pod's init containers. */
const MESH_CONTAINERS = new Set([
  "istio-validation",
  "istio-init",
  "istio-proxy",
  "linkerd-init",
  "linkerd-network-validator",
  "linkerd-proxy",
  "kuma-init",
  "kuma-sidecar",
  "consul-connect-inject-init",
  "consul-dataplane",
]);

/**
 * Where the agent goes among the pod's init containers: before them, so that they have the secrets too, but
 * after a mesh's native sidecar that leads them. Behind a mesh without one, the network works before its
 * init container redirects it and again when its proxy runs, but not in between: there the front is right.
 */
export function agentPosition(initContainers: readonly Container[], first: boolean): number {
  if (first) {
    return 0;
  }
  let position = 0;
  for (const [index, container] of initContainers.entries()) {
    if (!MESH_CONTAINERS.has(container.name)) {
      break;
    }
    if (container.restartPolicy === "Always") {
      position = index + 1;
    }
  }
  return position;
}
