import { mkdir, rm } from "node:fs/promises";
import { dirname } from "node:path";
import { ClusterError } from "./cluster-error.ts";
import { clusterLayout } from "./layout.ts";
import { findProgram } from "./prerequisites.ts";
import { run, tryRun } from "./run.ts";
import type { DaemonStatus, TestCluster } from "./test-cluster.ts";
import { waitUntil } from "./wait.ts";

const NAME = "keycard";
const NODE = `${NAME}-control-plane`;
/** Docker's network of kind's nodes; its gateway is this host. */
const NETWORK = "kind";

/** What keeps a cluster in Docker from running here; empty when nothing does. */
export async function missingForKind(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  const missing: string[] = [];
  if (!(await findProgram("docker", env)))
    missing.push("docker is missing: https://docs.docker.com/engine/install");
  else if ((await tryRun("docker", ["info"])).code !== 0) missing.push("The Docker daemon does not answer.");
  if (!(await findProgram("kind", env))) missing.push("kind is missing: https://kind.sigs.k8s.io");
  if (!(await findProgram("kubectl", env)))
    missing.push("kubectl is missing: https://kubernetes.io/docs/tasks/tools");
  return missing;
}

/** A cluster of one node in Docker. */
export function kindCluster(env: NodeJS.ProcessEnv): TestCluster {
  const kubeconfig = `${clusterLayout(env).root}-kind.kubeconfig`;
  return {
    kind: "kind",
    kubeconfig,
    kubectl: "kubectl",
    hostAddress: env["KEYCARD_KIND_GATEWAY"] ?? "172.18.0.1",
    async up(progress) {
      await mkdir(dirname(kubeconfig), { recursive: true });
      if (await exists()) {
        if (!(await isRunning())) await run("docker", ["start", NODE]);
        await run("kind", ["export", "kubeconfig", `--name=${NAME}`, `--kubeconfig=${kubeconfig}`]);
      } else {
        progress("kind creates the cluster");
        await run("kind", ["create", "cluster", `--name=${NAME}`, `--kubeconfig=${kubeconfig}`], {
          timeoutSeconds: 600,
        });
      }
      await requireGateway(this.hostAddress);
      await waitUntil("the API server", { seconds: 120 }, () => isReady(kubeconfig));
      const wait = ["wait", `node/${NODE}`, "--for=condition=Ready", "--timeout=100s"];
      await run("kubectl", [`--kubeconfig=${kubeconfig}`, ...wait]);
      progress("the cluster is ready");
    },
    async down(progress) {
      await run("kind", ["delete", "cluster", `--name=${NAME}`]);
      await rm(kubeconfig, { force: true });
      progress("the cluster is deleted");
    },
    async status(): Promise<readonly DaemonStatus[]> {
      const made = await exists().catch(() => false);
      return made ? [{ name: NODE, running: await isRunning() }] : [];
    },
    async importImage(archive) {
      await run("kind", ["load", "image-archive", archive, `--name=${NAME}`], { timeoutSeconds: 600 });
    },
    async killContainer(id) {
      await run("docker", [
        ...["exec", NODE, "ctr", "--namespace=k8s.io", "tasks", "kill", "--signal=SIGKILL"],
        id,
      ]);
    },
    async restartApiServer() {
      const before = await apiServerProcess();
      if (before === "") throw new ClusterError("No API server runs in the node.");
      await run("docker", ["exec", NODE, "kill", before]);
      // The kubelet starts its static pod again as soon as the process is gone; until then the old one may answer.
      await waitUntil("another API server", { seconds: 120 }, async () => {
        const now = await apiServerProcess();
        return now !== "" && now !== before && (await isReady(kubeconfig));
      });
    },
  };
}

/** Whether kind knows the cluster; its node may be stopped. */
async function exists(): Promise<boolean> {
  return (await run("kind", ["get", "clusters"])).split("\n").includes(NAME);
}

async function isRunning(): Promise<boolean> {
  const { stdout } = await tryRun("docker", ["inspect", NODE, "--format={{.State.Running}}"]);
  return stdout.trim() === "true";
}

/** The process id in the node; empty while there is none. */
async function apiServerProcess(): Promise<string> {
  return (await tryRun("docker", ["exec", NODE, "pgrep", "-o", "-x", "kube-apiserver"])).stdout.trim();
}

async function isReady(kubeconfig: string): Promise<boolean> {
  return (await tryRun("kubectl", [`--kubeconfig=${kubeconfig}`, "get", "--raw=/readyz"])).code === 0;
}

async function requireGateway(expected: string): Promise<void> {
  const format = "{{range .IPAM.Config}}{{.Gateway}} {{end}}";
  const gateways = await run("docker", ["network", "inspect", NETWORK, `--format=${format}`]);
  if (gateways.split(/\s+/).includes(expected)) return;
  throw new ClusterError(
    `Pods reach this host at ${gateways.trim()}, not at ${expected}: set KEYCARD_KIND_GATEWAY to the IPv4 address.`,
  );
}
