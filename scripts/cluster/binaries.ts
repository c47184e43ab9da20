import { access } from "node:fs/promises";
import { join } from "node:path";
import { ClusterError } from "./cluster-error.ts";
import { cacheDirectory, KUBERNETES_VERSION } from "./layout.ts";

/** Paths of the programs that toolchain/kubernetes builds. */
export interface KubernetesBinaries {
  readonly etcd: string;
  readonly apiServer: string;
  readonly controllerManager: string;
  readonly scheduler: string;
  readonly kubelet: string;
  readonly proxy: string;
  readonly kubectl: string;
}

export const ETCD_VERSION = "3.6.8";

export function kubernetesBinaries(env: NodeJS.ProcessEnv): KubernetesBinaries {
  const built = (name: string, version = KUBERNETES_VERSION): string =>
    join(cacheDirectory(env), "bin", `${name}-${version}`);
  return {
    etcd: built("etcd", ETCD_VERSION),
    apiServer: built("kube-apiserver"),
    controllerManager: built("kube-controller-manager"),
    scheduler: built("kube-scheduler"),
    kubelet: built("kubelet"),
    proxy: built("kube-proxy"),
    kubectl: built("kubectl"),
  };
}

/** @throws ClusterError naming the programs that are not there and the command that builds them. */
export async function requireBinaries(binaries: KubernetesBinaries): Promise<void> {
  const paths = Object.values(binaries) as readonly string[];
  const found = await Promise.all(
    paths.map((path) =>
      access(path).then(
        () => true,
        () => false,
      ),
    ),
  );
  const missing = paths.filter((_, index) => !found[index]);
  if (missing.length > 0) {
    throw new ClusterError(`Not built yet: ${missing.join(", ")}. Build them with: npm run toolchain`);
  }
}
