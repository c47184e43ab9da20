import type { EnvVar } from "../injection/pod.ts";

/** What the Vault Agent Injector tells its agent of the pod, for templates and configurations to use. */
export const POD_VARIABLES: readonly EnvVar[] = [
  fieldVariable("NAMESPACE", "metadata.namespace"),
  fieldVariable("HOST_IP", "status.hostIP"),
  fieldVariable("POD_IP", "status.podIP"),
];

/** A variable with a field of the pod as it runs (the downward API). */
export function fieldVariable(name: string, fieldPath: string): EnvVar {
  return { name, valueFrom: { fieldRef: { fieldPath } } };
}
