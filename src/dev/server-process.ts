import { type ChildProcess, spawn } from "node:child_process";
import { randomInt } from "node:crypto";
import { createServer } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { KeycardError } from "../errors.ts";

/** Who a server runs as; absent: as ourselves. */
export interface ProcessOwner {
  readonly uid: number;
  readonly gid: number;
}

export interface ServerProcessOptions {
  /** What errors call it, e.g. `PostgreSQL`. */
  readonly name: string;
  readonly command: string;
  readonly args: readonly string[];
  readonly owner?: ProcessOwner;
  /** Absent: our own environment. */
  readonly env?: Readonly<Record<string, string>>;
  /** Sent to end it, by `stop` and by the watchdog. */
  readonly stopSignal: "SIGINT" | "SIGTERM";
  /** Deleted by the watchdog when we die without stopping the server. */
  readonly temporaryDirectory: string;
  /** Called with what the server prints, as it comes. */
  readonly onOutput?: (text: string) => void;
}

/** A server that runs as our child and does not outlive us. */
export interface ServerProcess {
  readonly pid: number;
  readonly running: boolean;
  /** The end of what it printed so far. */
  readonly output: string;
  /** Sends the stop signal, and SIGKILL to one that has not ended after ten seconds. */
  stop(): Promise<void>;
  /** Ends it at once, as a crash would. */
  kill(): Promise<void>;
}

const OUTPUT_LIMIT = 16_384;
const STOP_MILLISECONDS = 10_000;

/**
 * Starts a server as a child process in its own session, so that Ctrl-C reaches only us.
 * @throws KeycardError `KEYCARD_DEV_SERVER` when it cannot be started at all.
 */
export async function startServerProcess(options: ServerProcessOptions): Promise<ServerProcess> {
  const child = spawn(options.command, [...options.args], {
    stdio: ["ignore", "pipe", "pipe"],
    detached: true,
    ...(options.owner ?? {}),
    ...(options.env === undefined ? {} : { env: options.env }),
  });
  let output = "";
  const collect = (chunk: Buffer): void => {
    const text = chunk.toString("utf8");
    output = (output + text).slice(-OUTPUT_LIMIT);
    options.onOutput?.(text);
  };
  child.stdout.on("data", collect);
  child.stderr.on("data", collect);
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const pid = await spawned(child, options);
  const watchdog = watch(pid, options);
  const finish = async (signal: NodeJS.Signals): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    const timer = setTimeout(() => child.kill("SIGKILL"), STOP_MILLISECONDS);
    await ended;
    clearTimeout(timer);
    watchdog.dismiss();
  };
  return {
    pid,
    get running() {
      return child.exitCode === null && child.signalCode === null;
    },
    get output() {
      return output;
    },
    stop: () => finish(options.stopSignal),
    kill: () => finish("SIGKILL"),
  };
}

function spawned(child: ChildProcess, options: ServerProcessOptions): Promise<number> {
  return new Promise((resolve, reject) => {
    child.once("spawn", () => resolve(child.pid ?? 0));
    child.once("error", (cause) =>
      reject(
        new KeycardError("KEYCARD_DEV_SERVER", `cannot start ${options.name} (${options.command})`, {
          cause,
        }),
      ),
    );
  });
}

/**
 * A shell that waits on a pipe from us. We may be killed in a way no handler sees; the pipe closes even
 * then, and the shell ends the server and removes its files.
 */
function watch(pid: number, options: ServerProcessOptions): { dismiss(): void } {
  if (process.platform === "win32") return { dismiss: () => undefined };
  const script = [
    "read -r word",
    '[ "$word" = done ] && exit 0',
    'kill -s "$2" "$1"',
    // An ended process that nobody reaps still answers: the wait is bounded.
    'turns=0; while kill -0 "$1" 2>/dev/null && [ $turns -lt 50 ]; do sleep 0.1; turns=$((turns + 1)); done',
    'rm -rf "$3"',
  ].join("\n");
  const args = [String(pid), options.stopSignal.slice("SIG".length), options.temporaryDirectory];
  const shell = spawn("/bin/sh", ["-c", script, "watchdog", ...args], {
    stdio: ["pipe", "ignore", "ignore"],
    detached: true,
  });
  shell.on("error", () => undefined);
  shell.stdin.on("error", () => undefined);
  shell.unref();
  return { dismiss: () => shell.stdin.end("done\n") };
}

/** Below the range that Linux, macOS and Windows take the ports of outgoing connections from. */
const PORTS = { lowest: 15_000, count: 17_000 };

/**
 * A TCP port of 127.0.0.1 that nobody listens on at the moment. Port 0 would give one that the next outgoing
 * connection of anybody may take before it is used.
 * @throws KeycardError `KEYCARD_DEV_PORT` when a hundred ports in a row were taken.
 */
export async function freePort(): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = PORTS.lowest + randomInt(PORTS.count);
    if (await isFree(port)) return port;
  }
  throw new KeycardError("KEYCARD_DEV_PORT", "no free TCP port on 127.0.0.1: a hundred at random were taken");
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/**
 * Probes a starting server until it answers.
 * @throws KeycardError `KEYCARD_DEV_SERVER` with the end of its output when it ends or takes too long; it is
 * not running then.
 */
export async function untilReady(
  name: string,
  server: ServerProcess,
  probe: () => Promise<boolean>,
  timeoutSeconds = 60,
): Promise<void> {
  const deadline = Date.now() + timeoutSeconds * 1000;
  for (;;) {
    const failure = server.running
      ? Date.now() > deadline && `was not ready after ${timeoutSeconds} s`
      : "ended while starting";
    if (failure !== false) {
      await server.kill();
      throw new KeycardError(
        "KEYCARD_DEV_SERVER",
        `${name} ${failure}; it printed:\n${server.output.trim()}`,
      );
    }
    if (await probe()) return;
    await delay(25);
  }
}
