import { constants } from "node:fs";
import { access } from "node:fs/promises";
import { delimiter, join } from "node:path";
import { CNI_PLUGINS } from "./node.ts";

/** Debian package of every program the cluster takes from the system. */
const PROGRAMS: Readonly<Record<string, string>> = {
  containerd: "containerd",
  "containerd-shim-runc-v2": "containerd",
  ctr: "containerd",
  runc: "runc",
  iptables: "iptables",
  ip: "iproute2",
  busybox: "busybox-static",
};

const PLUGINS = ["ptp", "host-local", "portmap", "loopback"];

/** Why a cluster cannot run here; empty when it can. Each is a sentence for people. */
export async function missingPrerequisites(env: NodeJS.ProcessEnv): Promise<readonly string[]> {
  if (process.platform !== "linux") return [`The cluster needs Linux; this is ${process.platform}.`];
  const missing: string[] = [];
  if (process.getuid?.() !== 0) missing.push("The cluster needs root (containers, network interfaces).");

  const packages = new Set<string>();
  for (const [program, packageName] of Object.entries(PROGRAMS)) {
    if (!(await findProgram(program, env))) packages.add(packageName);
  }
  for (const plugin of PLUGINS) {
    if (!(await isExecutable(join(CNI_PLUGINS, plugin)))) packages.add("containernetworking-plugins");
  }
  if (packages.size > 0) {
    missing.push(`Programs are missing. On Debian or Ubuntu: apt-get install -y ${[...packages].join(" ")}`);
  }
  return missing;
}

/** The path of a program on PATH or in the system's own folders, which an unusual PATH may leave out. */
export async function findProgram(name: string, env: NodeJS.ProcessEnv): Promise<string | undefined> {
  const folders = [...(env["PATH"] ?? "").split(delimiter), "/usr/sbin", "/sbin"];
  for (const folder of folders) {
    const path = join(folder, name);
    if (folder && (await isExecutable(path))) return path;
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  return access(path, constants.X_OK).then(
    () => true,
    () => false,
  );
}
