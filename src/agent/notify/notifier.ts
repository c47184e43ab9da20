import type { AgentNotify } from "../../engines/native/agent-config.ts";
import { KeycardError, messageOf } from "../../errors.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { runCommand } from "./command.ts";
import { postTo } from "./http.ts";
import { signalProcesses } from "./signal.ts";

const ATTEMPTS = 5;
const FIRST_PAUSE_MS = 500;

/** Tells the app, and runs commands, after a change. A failure is told and counted, and stops nothing. */
export interface Notifier {
  /** Files changed: the app is told as its notification says. */
  filesChanged(): Promise<void>;
  /** One file changed that has a command. */
  run(name: string, command: string): Promise<void>;
}

export interface NotifierOptions {
  readonly notify: AgentNotify;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly signal: (process: string, signal: string) => number;
}

/** Signals as this process may send them. */
export function sendSignal(name: string, signal: string): number {
  const full = (signal.startsWith("SIG") ? signal : `SIG${signal}`) as NodeJS.Signals;
  return signalProcesses(name, full, {
    processDirectory: "/proc",
    ownPid: process.pid,
    kill: (pid, sent) => process.kill(pid, sent),
  });
}

async function deliver(notify: AgentNotify, signal: NotifierOptions["signal"]): Promise<void> {
  switch (notify.kind) {
    case "none":
      return;
    case "http":
      await postTo(notify.url);
      return;
    case "signal":
      if (signal(notify.process, notify.signal) === 0) {
        throw new KeycardError(
          "KEYCARD_NOTIFY_PROCESS",
          `no process named ${notify.process} is to be seen; does the pod share its process namespace?`,
        );
      }
  }
}

export function createNotifier({ notify, log, metrics, pause, signal }: NotifierOptions): Notifier {
  let latest = 0;
  return {
    async filesChanged() {
      if (notify.kind === "none") return;
      const mine = ++latest;
      for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
        try {
          await deliver(notify, signal);
          metrics.count("notifications", { kind: notify.kind, result: "delivered" });
          log.info("app-notified", { kind: notify.kind });
          return;
        } catch (error) {
          metrics.count("notifications", { kind: notify.kind, result: "failed" });
          log.warn("app-not-notified", { kind: notify.kind, attempt, message: messageOf(error) });
        }
        if (attempt < ATTEMPTS) await pause(FIRST_PAUSE_MS * 2 ** (attempt - 1));
        // A later change has its own notification.
        if (mine !== latest) return;
      }
    },
    async run(name, command) {
      try {
        await runCommand(command);
        metrics.count("notifications", { kind: "command", result: "delivered" });
        log.info("command-run", { secret: name });
      } catch (error) {
        metrics.count("notifications", { kind: "command", result: "failed" });
        log.warn("command-failed", { secret: name, message: messageOf(error) });
      }
    },
  };
}
