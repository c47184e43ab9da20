import { mkdir, readdir, readFile, readlink, rm, rmdir } from "node:fs/promises";
import { request } from "node:https";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { type KubernetesBinaries, kubernetesBinaries, requireBinaries } from "./binaries.ts";
import { certificateFile, makeCertificates } from "./certificates.ts";
import { apiServer, controllerManager, etcd, scheduler } from "./control-plane.ts";
import { type Daemon, isRunning, recordedDaemons, startDaemon, stopDaemon } from "./daemon.ts";
import { ctr, importImage, importPauseImage } from "./images.ts";
import { writeKubeconfig } from "./kubeconfig.ts";
import { API_PORT, type ClusterLayout, clusterLayout, HOST_ADDRESS, NODE_NAME } from "./layout.ts";
import { startNetwork, stopNetwork } from "./network.ts";
import { containerd, kubelet, proxy, writeNodeConfiguration } from "./node.ts";
import { run, tryRun } from "./run.ts";
import type { DaemonStatus, Progress, TestCluster } from "./test-cluster.ts";
import { waitUntil } from "./wait.ts";

const CONTAINER_LOGS = "/var/log/containers";

/** A cluster of one node made of this host's own processes: no Docker, no registry, no virtual machine. */
export async function hostCluster(env: NodeJS.ProcessEnv): Promise<TestCluster> {
  const layout = clusterLayout(env);
  const binaries = await kubernetesBinaries(env);
  return {
    kind: "host",
    kubeconfig: layout.kubeconfig,
    kubectl: binaries.kubectl,
    hostAddress: HOST_ADDRESS,
    up: async (progress) => {
      await requireBinaries(env);
      await up(layout, binaries, progress);
    },
    down: (progress) => down(layout, binaries, progress),
    status: () => status(layout),
    importImage: (archive) => importImage(layout, archive),
    killContainer: async (id) => {
      await ctr(layout, ["tasks", "kill", "--signal=SIGKILL", id]);
    },
    restartApiServer: async () => {
      await stopDaemon(layout, "kube-apiserver");
      await startDaemon(layout, apiServer(layout, binaries));
      await waitForApiServer(layout);
    },
  };
}

async function up(layout: ClusterLayout, binaries: KubernetesBinaries, progress: Progress): Promise<void> {
  await mkdir(layout.root, { recursive: true, mode: 0o711 });
  if (await makeCertificates(layout)) progress("certificates made");
  for (const client of ["admin", "controller-manager", "scheduler", "proxy", "kubelet"]) {
    await writeKubeconfig(layout, client);
  }
  await writeNodeConfiguration(layout);
  await startNetwork(layout);

  const start = async (daemon: Daemon): Promise<void> => {
    if (await startDaemon(layout, daemon)) progress(`${daemon.name} started`);
  };
  await start(containerd(layout));
  await start(etcd(layout, binaries));
  await start(apiServer(layout, binaries));
  await waitUntil("containerd", { seconds: 30, daemon: { layout, name: "containerd" } }, async () =>
    Boolean(await ctr(layout, ["version"])),
  );
  await importPauseImage(layout);
  await waitForApiServer(layout);
  progress("the API server is ready");
  await start(controllerManager(layout, binaries));
  await start(scheduler(layout, binaries));
  await start(kubelet(layout, binaries));
  await start(proxy(layout, binaries));
  await waitForNode(layout, binaries);
  progress(`node ${NODE_NAME} is ready`);
}

async function waitForApiServer(layout: ClusterLayout): Promise<void> {
  const ca = await readFile(certificateFile(layout, "ca", "crt"));
  await waitUntil("the API server", { seconds: 60, daemon: { layout, name: "kube-apiserver" } }, () =>
    isReady(ca),
  );
}

function isReady(ca: Buffer): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const options = { host: HOST_ADDRESS, port: API_PORT, path: "/readyz", ca, timeout: 5000, agent: false };
    request(options, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    })
      .on("timeout", function (this: ReturnType<typeof request>) {
        this.destroy(new Error("no answer within 5 s"));
      })
      .on("error", reject)
      .end();
  });
}

/** Pods can start: the node says so, and the namespace has the account that pods run as. */
async function waitForNode(layout: ClusterLayout, binaries: KubernetesBinaries): Promise<void> {
  const kubectl = (...args: string[]) =>
    run(binaries.kubectl, [`--kubeconfig=${layout.kubeconfig}`, ...args]);
  await waitUntil("the node", { seconds: 90, daemon: { layout, name: "kubelet" } }, async () => {
    const ready = await kubectl(
      ...["get", "node", NODE_NAME],
      `--output=jsonpath={.status.conditions[?(@.type=="Ready")].status}`,
    );
    return ready === "True";
  });
  await waitUntil("the default service account", { seconds: 30 }, async () =>
    Boolean(await kubectl("get", "serviceaccount", "default", "--output=name")),
  );
}

async function status(layout: ClusterLayout): Promise<readonly DaemonStatus[]> {
  const names = await recordedDaemons(layout);
  return Promise.all(names.map(async (name) => ({ name, running: await isRunning(layout, name) })));
}

async function down(layout: ClusterLayout, binaries: KubernetesBinaries, progress: Progress): Promise<void> {
  // First whoever would start something again, last whoever knows what to end.
  for (const name of ["kubelet", "kube-proxy", "kube-scheduler", "kube-controller-manager"]) {
    await stopDaemon(layout, name);
  }
  if (await isRunning(layout, "containerd")) {
    await endContainers(layout);
    progress("containers ended");
  }
  for (const name of ["kube-apiserver", "etcd", "containerd", ...(await recordedDaemons(layout))]) {
    await stopDaemon(layout, name);
  }
  progress("daemons ended");
  await unmountBelow(layout.root);
  await stopNetwork(layout, binaries);
  await removePodCgroups();
  await removeLogLinks(layout);
  await rm(layout.root, { recursive: true, force: true });
  progress(`${layout.root} removed`);
}

/** Kills every container; their shims end with the last of them. */
async function endContainers(layout: ClusterLayout): Promise<void> {
  const list = async (what: string): Promise<readonly string[]> =>
    (await ctr(layout, [what, "ls", "-q"])).split("\n").filter(Boolean);
  for (const task of await list("tasks")) {
    await tryCtr(layout, ["tasks", "delete", "--force", task]);
  }
  for (const container of await list("containers")) {
    await tryCtr(layout, ["containers", "delete", container]);
  }
}

/** Something that ends by itself meanwhile is as good as ended. */
async function tryCtr(layout: ClusterLayout, args: readonly string[]): Promise<void> {
  await tryRun("ctr", [`--address=${layout.containerdSocket}`, "--namespace=k8s.io", ...args]);
}

/** Memory volumes, container roots and network namespaces, the innermost first. */
async function unmountBelow(root: string): Promise<void> {
  const mounts = (await readFile("/proc/self/mounts", "utf8"))
    .split("\n")
    .map((line) => (line.split(" ")[1] ?? "").replaceAll("\\040", " "))
    .filter((path) => path.startsWith(`${root}/`));
  for (const path of mounts.reverse()) await tryRun("umount", ["--lazy", path]);
}

/** The kubelet leaves its groups behind; empty ones can simply be removed. */
async function removePodCgroups(): Promise<void> {
  const hierarchies = await readdir("/sys/fs/cgroup").catch(() => []);
  for (const root of ["/sys/fs/cgroup", ...hierarchies.map((name) => join("/sys/fs/cgroup", name))]) {
    await removeCgroup(join(root, "kubepods"));
  }
}

/** The kubelet keeps its links to containers' logs in one fixed place. */
async function removeLogLinks(layout: ClusterLayout): Promise<void> {
  for (const name of await readdir(CONTAINER_LOGS).catch((): string[] => [])) {
    const link = join(CONTAINER_LOGS, name);
    const target = await readlink(link).catch(() => "");
    if (target.startsWith(`${layout.root}/`)) await rm(link, { force: true });
  }
}

async function removeCgroup(path: string): Promise<void> {
  const entries = await readdir(path, { withFileTypes: true }).catch(() => []);
  for (const entry of entries) if (entry.isDirectory()) await removeCgroup(join(path, entry.name));
  for (let attempt = 0; attempt < 20; attempt++) {
    const removed = await rmdir(path).then(
      () => true,
      (error: NodeJS.ErrnoException) => error.code === "ENOENT",
    );
    if (removed) return;
    await delay(50);
  }
}
