import { readTools, toolBinary } from "../toolchain.ts";
import { ClusterError } from "./cluster-error.ts";

/** Paths of the programs that toolchain/kubernetes builds, built or not. */
export interface KubernetesBinaries {
  readonly etcd: string;
  readonly apiServer: string;
  readonly controllerManager: string;
  readonly scheduler: string;
  readonly kubelet: string;
  readonly proxy: string;
  readonly kubectl: string;
}

const TOOLCHAIN = "kubernetes";

export async function kubernetesBinaries(env: NodeJS.ProcessEnv): Promise<KubernetesBinaries> {
  const tools = await readTools(TOOLCHAIN, env);
  const path = (name: string): string => {
    const tool = tools.find((candidate) => candidate.name === name);
    if (!tool) throw new ClusterError(`toolchain/${TOOLCHAIN} does not build ${name}.`);
    return tool.path;
  };
  return {
    etcd: path("etcd"),
    apiServer: path("kube-apiserver"),
    controllerManager: path("kube-controller-manager"),
    scheduler: path("kube-scheduler"),
    kubelet: path("kubelet"),
    proxy: path("kube-proxy"),
    kubectl: path("kubectl"),
  };
}

/** @throws ClusterError naming the programs that are not built and the command that builds them. */
export async function requireBinaries(env: NodeJS.ProcessEnv): Promise<void> {
  const missing: string[] = [];
  for (const { name, version } of await readTools(TOOLCHAIN, env)) {
    if (!(await toolBinary(name, env))) missing.push(`${name} ${version}`);
  }
  if (missing.length > 0) {
    throw new ClusterError(
      `Not built yet: ${missing.join(", ")}. Build them with: npm run toolchain -- ${TOOLCHAIN}`,
    );
  }
}
