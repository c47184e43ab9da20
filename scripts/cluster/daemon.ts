import { spawn } from "node:child_process";
import { closeSync, mkdirSync, openSync } from "node:fs";
import { readdir, readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { ClusterError } from "./cluster-error.ts";
import type { ClusterLayout } from "./layout.ts";

/** A program of the cluster that runs until the cluster goes down. */
export interface Daemon {
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/**
 * Tells one process from every later one with the same number: process ids are reused, so a pid alone is
 * no right to send a signal.
 */
interface ProcessIdentity {
  readonly pid: number;
  /** Clock ticks after boot, field 22 of /proc/PID/stat. */
  readonly startTicks: string;
  readonly bootId: string;
}

/** Starts a daemon unless the one started before still runs. @returns whether it was started. */
export async function startDaemon(layout: ClusterLayout, daemon: Daemon): Promise<boolean> {
  if (await isRunning(layout, daemon.name)) return false;
  mkdirSync(layout.logs, { recursive: true });
  mkdirSync(layout.daemons, { recursive: true });
  const log = openSync(logFile(layout, daemon.name), "a");
  try {
    const child = spawn(daemon.command, daemon.args, {
      detached: true,
      stdio: ["ignore", log, log],
      env: { ...process.env, ...daemon.env },
    });
    const pid = await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("spawn", () => resolve(child.pid ?? 0));
    });
    child.unref();
    const identity = await identify(pid);
    if (identity) await writeFile(recordFile(layout, daemon.name), `${JSON.stringify(identity)}\n`);
    return true;
  } catch (cause) {
    throw new ClusterError(`Cannot start ${daemon.name} (${daemon.command}).`, { cause });
  } finally {
    closeSync(log);
  }
}

export async function isRunning(layout: ClusterLayout, name: string): Promise<boolean> {
  return (await runningProcess(layout, name)) !== undefined;
}

/** Ends a daemon that `startDaemon` started; SIGKILL after the grace. Nothing happens if it is gone. */
export async function stopDaemon(layout: ClusterLayout, name: string, graceSeconds = 15): Promise<void> {
  const identity = await runningProcess(layout, name);
  if (identity) {
    process.kill(identity.pid, "SIGTERM");
    if (!(await hasEnded(layout, name, graceSeconds))) {
      process.kill(identity.pid, "SIGKILL");
      await hasEnded(layout, name, graceSeconds);
    }
  }
  await rm(recordFile(layout, name), { force: true });
}

async function hasEnded(layout: ClusterLayout, name: string, seconds: number): Promise<boolean> {
  for (const deadline = Date.now() + seconds * 1000; Date.now() < deadline; await delay(50)) {
    if (!(await isRunning(layout, name))) return true;
  }
  return false;
}

/** Names of the daemons that were started and not yet stopped, running or not. */
export async function recordedDaemons(layout: ClusterLayout): Promise<readonly string[]> {
  const files = await readdir(layout.daemons).catch(() => []);
  return files.filter((file) => file.endsWith(".json")).map((file) => file.slice(0, -".json".length));
}

/** The last lines of a daemon's log, for an error message. */
export async function logTail(layout: ClusterLayout, name: string, lines = 15): Promise<string> {
  const text = await readFile(logFile(layout, name), "utf8").catch(() => "");
  return text.trimEnd().split("\n").slice(-lines).join("\n");
}

export function logFile(layout: ClusterLayout, name: string): string {
  return join(layout.logs, `${name}.log`);
}

function recordFile(layout: ClusterLayout, name: string): string {
  return join(layout.daemons, `${name}.json`);
}

async function runningProcess(layout: ClusterLayout, name: string): Promise<ProcessIdentity | undefined> {
  const text = await readFile(recordFile(layout, name), "utf8").catch(() => undefined);
  if (text === undefined) return undefined;
  const recorded = JSON.parse(text) as ProcessIdentity;
  const current = await identify(recorded.pid);
  const same = current?.startTicks === recorded.startTicks && current.bootId === recorded.bootId;
  return same ? recorded : undefined;
}

/** @returns undefined for a process that has ended, also while its parent has not yet collected it. */
async function identify(pid: number): Promise<ProcessIdentity | undefined> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => undefined);
  // The command's name, in parentheses, may hold spaces; what follows the last one does not.
  const fields = stat?.slice(stat.lastIndexOf(")") + 2).split(" ");
  const startTicks = fields?.[19];
  if (startTicks === undefined || fields?.[0] === "Z") return undefined;
  const bootId = (await readFile("/proc/sys/kernel/random/boot_id", "utf8")).trim();
  return { pid, startTicks, bootId };
}
