import { join } from "node:path";
import { cacheDirectory } from "../toolchain.ts";

/** The one node's name. */
export const NODE_NAME = "keycard-node";

/** The node's address, where pods reach the API server and anything else that listens on this host. */
export const HOST_ADDRESS = "10.88.0.1";

export const POD_SUBNET = "10.88.0.0/16";
export const SERVICE_SUBNET = "10.96.0.0/16";

/** First address of the service subnet: the API server as pods know it. */
export const API_SERVICE_ADDRESS = "10.96.0.1";
export const API_PORT = 6443;

/** Interface that carries the node's address. */
export const HOST_INTERFACE = "keycard0";

/** Name of the pod network. */
export const NETWORK_NAME = "keycard";

/** Which pod has which address. */
export const ADDRESS_LEASES = "/run/keycard-cni";

/** Image of the pods' sandbox; it is made here, not pulled. */
export const PAUSE_IMAGE = "keycard.local/pause:1";

/** Where the cluster keeps its files. Everything is below one directory, which `down` removes. */
export interface ClusterLayout {
  readonly root: string;
  readonly certificates: string;
  readonly daemons: string;
  readonly logs: string;
  readonly etcd: string;
  readonly kubelet: string;
  readonly containerd: string;
  readonly containerdSocket: string;
  readonly cni: string;
  /** kubectl's configuration of a cluster administrator. */
  readonly kubeconfig: string;
}

/** Below `KEYCARD_CLUSTER_DIR`, or in the cache outside the repository. */
export function clusterLayout(env: NodeJS.ProcessEnv): ClusterLayout {
  const root = env["KEYCARD_CLUSTER_DIR"] ?? join(cacheDirectory(env), "cluster");
  const containerd = join(root, "containerd");
  return {
    root,
    certificates: join(root, "certificates"),
    daemons: join(root, "daemons"),
    logs: join(root, "logs"),
    etcd: join(root, "etcd"),
    kubelet: join(root, "kubelet"),
    containerd,
    containerdSocket: join(containerd, "containerd.sock"),
    cni: join(root, "cni"),
    kubeconfig: join(root, "kubeconfig"),
  };
}
