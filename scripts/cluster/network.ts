import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { KubernetesBinaries } from "./binaries.ts";
import { ADDRESS_LEASES, type ClusterLayout, HOST_ADDRESS, HOST_INTERFACE, NETWORK_NAME } from "./layout.ts";
import { run, tryRun } from "./run.ts";

const FORWARDING = "/proc/sys/net/ipv4/ip_forward";
const CNI_RESULTS = "/var/lib/cni/results";
/** The kubelet makes it and never removes it. */
const KUBELET_CHAIN = "KUBE-FIREWALL";

/** Gives the host the node's address, on a bridge without ports, and lets it forward between pods. */
export async function startNetwork(layout: ClusterLayout): Promise<void> {
  if ((await tryRun("ip", ["link", "show", HOST_INTERFACE])).code !== 0) {
    await run("ip", ["link", "add", HOST_INTERFACE, "type", "bridge"]);
  }
  await run("ip", ["addr", "replace", `${HOST_ADDRESS}/32`, "dev", HOST_INTERFACE]);
  await run("ip", ["link", "set", HOST_INTERFACE, "up"]);

  const before = (await readFile(FORWARDING, "utf8")).trim();
  if (before === "1") return;
  await writeFile(forwardingRecord(layout), `${before}\n`);
  await writeFile(FORWARDING, "1\n");
}

/** Takes back what `startNetwork`, the pod network, kube-proxy and the kubelet changed on the host. */
export async function stopNetwork(layout: ClusterLayout, binaries: KubernetesBinaries): Promise<void> {
  await tryRun(binaries.proxy, ["--cleanup"]);
  for (const chain of ["INPUT", "OUTPUT"]) await tryRun("iptables", ["-D", chain, "-j", KUBELET_CHAIN]);
  await tryRun("iptables", ["-X", KUBELET_CHAIN]);
  await tryRun("ip", ["link", "del", HOST_INTERFACE]);
  await rm(ADDRESS_LEASES, { recursive: true, force: true });
  await removeCniResults();
  const before = await readFile(forwardingRecord(layout), "utf8").catch(() => undefined);
  if (before !== undefined) await writeFile(FORWARDING, before);
}

/** The CNI library remembers what it answered; another program's networks have their own files there. */
async function removeCniResults(): Promise<void> {
  const names = await readdir(CNI_RESULTS).catch((): string[] => []);
  const ours = new RegExp(`^${NETWORK_NAME}-(?<container>[0-9a-f]+)-`);
  const containers = new Set(names.map((name) => ours.exec(name)?.groups?.["container"]));
  for (const name of names) {
    const container = /^[a-z-]+-(?<container>[0-9a-f]{64})-/.exec(name)?.groups?.["container"];
    if (container && containers.has(container)) await rm(join(CNI_RESULTS, name), { force: true });
  }
}

function forwardingRecord(layout: ClusterLayout): string {
  return join(layout.root, "ip-forward-before");
}
