import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KubernetesBinaries } from "./binaries.ts";
import { certificateFile } from "./certificates.ts";
import type { Daemon } from "./daemon.ts";
import { kubeconfigFile } from "./kubeconfig.ts";
import {
  ADDRESS_LEASES,
  type ClusterLayout,
  HOST_ADDRESS,
  NETWORK_NAME,
  NODE_NAME,
  PAUSE_IMAGE,
  POD_SUBNET,
} from "./layout.ts";

/** Where Debian's containernetworking-plugins puts its programs. */
export const CNI_PLUGINS = "/usr/lib/cni";

/** Writes the configuration of everything that runs on the node. */
export async function writeNodeConfiguration(layout: ClusterLayout): Promise<void> {
  for (const directory of [layout.containerd, layout.kubelet, layout.cni]) {
    await mkdir(directory, { recursive: true });
  }
  const files: Readonly<Record<string, string>> = {
    [containerdConfigFile(layout)]: containerdConfig(layout),
    [join(layout.cni, "10-keycard.conflist")]: json(podNetwork()),
    [kubeletConfigFile(layout)]: json(kubeletConfig(layout)),
    [proxyConfigFile(layout)]: json(proxyConfig(layout)),
  };
  for (const [file, content] of Object.entries(files)) {
    // kube-proxy ends when its file is written, even with what it held before.
    const before = await readFile(file, "utf8").catch(() => undefined);
    if (before !== content) await writeFile(file, content);
  }
}

export function containerd(layout: ClusterLayout): Daemon {
  return {
    name: "containerd",
    command: "containerd",
    args: [`--config=${containerdConfigFile(layout)}`],
  };
}

export function kubelet(layout: ClusterLayout, binaries: KubernetesBinaries): Daemon {
  return {
    name: "kubelet",
    command: binaries.kubelet,
    args: [
      `--config=${kubeletConfigFile(layout)}`,
      `--kubeconfig=${kubeconfigFile(layout, "kubelet")}`,
      `--root-dir=${layout.kubelet}`,
      `--cert-dir=${join(layout.kubelet, "pki")}`,
      `--hostname-override=${NODE_NAME}`,
      `--node-ip=${HOST_ADDRESS}`,
    ],
  };
}

export function proxy(layout: ClusterLayout, binaries: KubernetesBinaries): Daemon {
  return { name: "kube-proxy", command: binaries.proxy, args: [`--config=${proxyConfigFile(layout)}`] };
}

const containerdConfigFile = (layout: ClusterLayout): string => join(layout.containerd, "config.toml");
const kubeletConfigFile = (layout: ClusterLayout): string => join(layout.kubelet, "config.json");
const proxyConfigFile = (layout: ClusterLayout): string => join(layout.kubelet, "proxy.json");

/**
 * `restrict_oom_score_adj`: hosts that drop CAP_SYS_RESOURCE may not lower a score, and runc fails without it.
 * `netns_mounts_under_state_dir`: `down` finds every mount below one directory.
 */
function containerdConfig(layout: ClusterLayout): string {
  return `version = 2
root = "${join(layout.containerd, "root")}"
state = "${join(layout.containerd, "state")}"
disabled_plugins = ["io.containerd.internal.v1.opt"]

[grpc]
  address = "${layout.containerdSocket}"

[plugins."io.containerd.grpc.v1.cri"]
  sandbox_image = "${PAUSE_IMAGE}"
  restrict_oom_score_adj = true
  disable_apparmor = true
  netns_mounts_under_state_dir = true

  [plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
    runtime_type = "io.containerd.runc.v2"

  [plugins."io.containerd.grpc.v1.cri".cni]
    bin_dir = "${CNI_PLUGINS}"
    conf_dir = "${layout.cni}"
`;
}

/**
 * Point-to-point links, not a bridge: every packet between pods is then routed by the host, so Services work
 * without the kernel's bridge filter.
 */
function podNetwork(): object {
  return {
    cniVersion: "0.4.0",
    name: NETWORK_NAME,
    plugins: [
      {
        type: "ptp",
        ipam: {
          type: "host-local",
          ranges: [[{ subnet: POD_SUBNET, rangeStart: "10.88.1.1", gateway: HOST_ADDRESS }]],
          routes: [{ dst: "0.0.0.0/0" }],
          dataDir: ADDRESS_LEASES,
        },
      },
      { type: "portmap", capabilities: { portMappings: true } },
    ],
  };
}

function kubeletConfig(layout: ClusterLayout): object {
  return {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: HOST_ADDRESS,
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: certificateFile(layout, "ca", "crt") },
    },
    authorization: { mode: "Webhook" },
    containerRuntimeEndpoint: `unix://${layout.containerdSocket}`,
    cgroupDriver: "cgroupfs",
    failCgroupV1: false,
    failSwapOn: false,
    enforceNodeAllocatable: [],
    // Images are imported, never pulled: one that is collected would not come back.
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
    evictionHard: { "memory.available": "100Mi" },
    makeIPTablesUtilChains: false,
    oomScoreAdj: 0,
    serializeImagePulls: false,
    syncFrequency: "10s",
    podLogsDir: join(layout.kubelet, "pod-logs"),
    volumePluginDir: join(layout.kubelet, "volume-plugins"),
  };
}

function proxyConfig(layout: ClusterLayout): object {
  return {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    bindAddress: HOST_ADDRESS,
    healthzBindAddress: "127.0.0.1:10256",
    metricsBindAddress: "127.0.0.1:10249",
    clientConnection: { kubeconfig: kubeconfigFile(layout, "proxy") },
    hostnameOverride: NODE_NAME,
    mode: "iptables",
    detectLocalMode: "InterfaceNamePrefix",
    detectLocal: { interfaceNamePrefix: "veth" },
    oomScoreAdj: 0,
    // The host's connection tracking table stays as it is.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
    nodePortAddresses: [`${HOST_ADDRESS}/32`],
  };
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}
