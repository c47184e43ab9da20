import { ClusterError } from "./cluster-error.ts";
import type { SecretStore } from "./objects.ts";

/** A Secret that lives as long as the process: for a single replica that may not write one. */
export function memorySecret(): SecretStore {
  let data: Readonly<Record<string, string>> | undefined;
  let version = 0;
  return {
    async read() {
      return data === undefined ? undefined : { data, resourceVersion: String(version) };
    },
    async create(next) {
      if (data !== undefined) throw new ClusterError("conflict", "create the Secret in memory");
      data = next;
      version++;
    },
    async replace(next, resourceVersion) {
      if (resourceVersion !== String(version))
        throw new ClusterError("conflict", "replace the Secret in memory");
      data = next;
      version++;
    },
  };
}
