import { type ChildProcess, spawn } from "node:child_process";
import { createInterface } from "node:readline";

export interface ProcessSpec {
  readonly name: string;
  readonly argv: readonly string[];
  readonly environment: ReadonlyMap<string, string>;
  readonly onLine: (container: string, line: string) => void;
}

/** One container, run as a process of this machine. */
export interface ContainerProcess {
  readonly name: string;
  readonly pid: number | undefined;
  /** Resolves with the exit code, or 128 + signal as a container runtime reports it. */
  readonly exited: Promise<number>;
  signal(signal: NodeJS.Signals): void;
}

/** Starts a container's process; its output goes to `onLine`, line by line. */
export function startProcess(spec: ProcessSpec): ContainerProcess {
  const [command = "", ...args] = spec.argv;
  const child = spawn(command, args, {
    env: Object.fromEntries(spec.environment),
    stdio: ["ignore", "pipe", "pipe"],
  });
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (line) => spec.onLine(spec.name, line));
  }
  return {
    name: spec.name,
    pid: child.pid,
    exited: exitOf(child, spec),
    signal: (signal) => void child.kill(signal),
  };
}

function exitOf(child: ChildProcess, spec: ProcessSpec): Promise<number> {
  return new Promise((resolve) => {
    child.once("error", (error) => {
      spec.onLine(spec.name, `could not start: ${error.message}`);
      resolve(127);
    });
    child.once("close", (code, signal) => resolve(code ?? 128 + (signal === "SIGKILL" ? 9 : 15)));
  });
}
