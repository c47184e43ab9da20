import { join } from "node:path";
import type { KubernetesBinaries } from "./binaries.ts";
import { certificateFile } from "./certificates.ts";
import type { Daemon } from "./daemon.ts";
import { kubeconfigFile } from "./kubeconfig.ts";
import { API_PORT, type ClusterLayout, HOST_ADDRESS, SERVICE_SUBNET } from "./layout.ts";

/** Not etcd's usual port: a host may have one of its own. */
const ETCD_CLIENT_URL = "http://127.0.0.1:23790";
const ETCD_PEER_URL = "http://127.0.0.1:23800";

export function etcd(layout: ClusterLayout, binaries: KubernetesBinaries): Daemon {
  return {
    name: "etcd",
    command: binaries.etcd,
    args: [
      "--name=keycard",
      `--data-dir=${layout.etcd}`,
      `--listen-client-urls=${ETCD_CLIENT_URL}`,
      `--advertise-client-urls=${ETCD_CLIENT_URL}`,
      `--listen-peer-urls=${ETCD_PEER_URL}`,
      `--initial-advertise-peer-urls=${ETCD_PEER_URL}`,
      `--initial-cluster=keycard=${ETCD_PEER_URL}`,
      // The data of a test cluster need not survive a power cut, and a slow disk must not slow the tests.
      "--unsafe-no-fsync",
      "--log-level=warn",
    ],
  };
}

export function apiServer(layout: ClusterLayout, binaries: KubernetesBinaries): Daemon {
  const certificate = (name: string): string => certificateFile(layout, name, "crt");
  const key = (name: string): string => certificateFile(layout, name, "key");
  return {
    name: "kube-apiserver",
    command: binaries.apiServer,
    args: [
      `--etcd-servers=${ETCD_CLIENT_URL}`,
      `--bind-address=${HOST_ADDRESS}`,
      `--advertise-address=${HOST_ADDRESS}`,
      `--secure-port=${API_PORT}`,
      `--cert-dir=${layout.certificates}`,
      `--tls-cert-file=${certificate("apiserver")}`,
      `--tls-private-key-file=${key("apiserver")}`,
      `--client-ca-file=${certificate("ca")}`,
      `--kubelet-client-certificate=${certificate("apiserver-kubelet")}`,
      `--kubelet-client-key=${key("apiserver-kubelet")}`,
      // By address: the node's name need not resolve on this host.
      "--kubelet-preferred-address-types=InternalIP",
      "--authorization-mode=Node,RBAC",
      "--enable-admission-plugins=NodeRestriction",
      "--allow-privileged=true",
      "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
      `--service-account-key-file=${key("service-account")}`,
      `--service-account-signing-key-file=${key("service-account")}`,
      `--service-cluster-ip-range=${SERVICE_SUBNET}`,
      // Calls webhooks at their endpoints, so that admission does not hang on kube-proxy.
      "--enable-aggregator-routing=true",
      "--shutdown-delay-duration=0s",
    ],
  };
}

export function controllerManager(layout: ClusterLayout, binaries: KubernetesBinaries): Daemon {
  return {
    name: "kube-controller-manager",
    command: binaries.controllerManager,
    args: [
      `--kubeconfig=${kubeconfigFile(layout, "controller-manager")}`,
      "--bind-address=127.0.0.1",
      `--cert-dir=${join(layout.certificates, "controller-manager")}`,
      `--root-ca-file=${certificateFile(layout, "ca", "crt")}`,
      `--service-account-private-key-file=${certificateFile(layout, "service-account", "key")}`,
      "--use-service-account-credentials=true",
      "--leader-elect=false",
    ],
  };
}

export function scheduler(layout: ClusterLayout, binaries: KubernetesBinaries): Daemon {
  return {
    name: "kube-scheduler",
    command: binaries.scheduler,
    args: [
      `--kubeconfig=${kubeconfigFile(layout, "scheduler")}`,
      "--bind-address=127.0.0.1",
      `--cert-dir=${join(layout.certificates, "scheduler")}`,
      "--leader-elect=false",
    ],
  };
}
