import type { AgentNotify } from "../../engines/native/agent-config.ts";
import { KeycardError, messageOf } from "../../errors.ts";
import type { Logger } from "../logger.ts";
import type { Metrics } from "../metrics.ts";
import { type Audience, audiencesOf, type Ways } from "./audience.ts";
import { runCommand } from "./command.ts";
import { requestApp } from "./http.ts";
import { signalProcesses } from "./signal.ts";

const SIGNAL_RETRIES = 4;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

/** What the app has not been told yet, for the process that comes after this one. */
export interface Outstanding {
  /** Entries as `entryOf` names them. */
  readonly untold: readonly string[];
  /** The process ended so that the pod starts anew. */
  readonly restarting: boolean;
}

const NOTHING_OUTSTANDING: Outstanding = { untold: [], restarting: false };

/** Tells the app, and runs commands, after a change. A failure is told and counted, and stops nothing. */
export interface Notifier {
  /** Entries changed: whoever that concerns will have to be told. */
  changed(entries: readonly string[]): void;
  /** Tells whoever has not been told; resolves when they were, or could not be. Never rejects. */
  tell(): Promise<void>;
  /** The same value as before, as long as nothing changed. */
  outstanding(): Outstanding;
  /** Goes on with what an earlier process left. */
  resume(outstanding: Outstanding): void;
  /** Entries whose change asks for the pod to start anew. */
  restartFor(): readonly string[];
  /** One file changed that has a command. */
  run(name: string, command: string): Promise<void>;
}

export interface NotifierOptions {
  readonly ways: Ways;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly pause: (milliseconds: number) => Promise<void>;
  /** How many processes of that name got it. */
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

type Deliverable = Exclude<AgentNotify, { readonly kind: "none" | "restart" }>;

async function deliver(notify: Deliverable, signal: NotifierOptions["signal"]): Promise<void> {
  if (notify.kind === "http") {
    await requestApp(notify);
  } else if (signal(notify.process, notify.signal) === 0) {
    throw new KeycardError(
      "KEYCARD_NOTIFY_PROCESS",
      `no process named ${notify.process} is to be seen; does the pod share its process namespace?`,
    );
  }
}

class Telling implements Notifier {
  readonly #options: NotifierOptions;
  /** Who is to be told, by the way it is done. A later change takes the place of an earlier one. */
  readonly #due = new Map<string, Audience>();
  readonly #underWay = new Set<Audience>();
  #outstanding: Outstanding = NOTHING_OUTSTANDING;

  constructor(options: NotifierOptions) {
    this.#options = options;
  }

  changed(entries: readonly string[]): void {
    for (const [key, { notify, entries: changed }] of audiencesOf(entries, this.#options.ways)) {
      const before = this.#due.get(key)?.entries ?? [];
      this.#due.set(key, { notify, entries: [...new Set([...before, ...changed])] });
    }
    this.#note();
  }

  async tell(): Promise<void> {
    // Whatever else is to be told, the whole pod is about to read everything anew.
    if (this.restartFor().length > 0) return;
    const fresh = [...this.#due].filter(([, audience]) => !this.#underWay.has(audience));
    await Promise.all(fresh.map(([key, audience]) => this.#tellOne(key, audience)));
  }

  outstanding(): Outstanding {
    return this.#outstanding;
  }

  resume({ untold, restarting }: Outstanding): void {
    this.changed(untold);
    if (!restarting) return;
    const failed = new KeycardError(
      "KEYCARD_NOTIFY_RESTART",
      "the pod was not started anew: does its node run Kubernetes 1.36 or later?",
    );
    for (const [key, { notify, entries }] of this.#due) {
      if (notify.kind !== "restart") continue;
      this.#report({ notify, entries }, failed);
      this.#due.delete(key);
    }
    this.#note();
  }

  restartFor(): readonly string[] {
    return [...this.#due.values()].find(({ notify }) => notify.kind === "restart")?.entries ?? [];
  }

  async run(name: string, command: string): Promise<void> {
    const { log, metrics } = this.#options;
    try {
      await runCommand(command);
      metrics.count("notifications", { kind: "command", result: "delivered" });
      log.info("command-run", { secret: name });
    } catch (error) {
      metrics.count("notifications", { kind: "command", result: "failed" });
      log.warn("command-failed", { secret: name, message: messageOf(error) });
    }
  }

  #note(): void {
    const untold = [...new Set([...this.#due.values()].flatMap(({ entries }) => entries))];
    this.#outstanding = untold.length === 0 ? NOTHING_OUTSTANDING : { untold, restarting: false };
  }

  async #tellOne(key: string, audience: Audience): Promise<void> {
    const { notify } = audience;
    if (notify.kind === "none" || notify.kind === "restart") return;
    this.#underWay.add(audience);
    await this.#tryToTell(key, audience, notify);
    this.#underWay.delete(audience);
    if (this.#due.get(key) !== audience) return;
    this.#due.delete(key);
    this.#note();
  }

  /** Tries until it is told, until that has failed often enough, or until a later change is to be told instead. */
  async #tryToTell(key: string, audience: Audience, notify: Deliverable): Promise<void> {
    const { pause, signal } = this.#options;
    const retries = notify.kind === "http" ? notify.retries : SIGNAL_RETRIES;
    for (let attempt = 0; attempt <= retries; attempt++) {
      if (attempt > 0) await pause(Math.min(FIRST_PAUSE_MS * 2 ** (attempt - 1), LONGEST_PAUSE_MS));
      if (this.#due.get(key) !== audience) return;
      try {
        await deliver(notify, signal);
        this.#report(audience);
        return;
      } catch (error) {
        this.#report(audience, error);
      }
    }
  }

  #report({ notify: { kind }, entries }: Audience, error?: unknown): void {
    const { log, metrics } = this.#options;
    const of = entries.join(", ");
    metrics.count("notifications", { kind, result: error === undefined ? "delivered" : "failed" });
    if (error === undefined) log.info("app-notified", { kind, of });
    else log.warn("app-not-notified", { kind, of, message: messageOf(error) });
  }
}

export function createNotifier(options: NotifierOptions): Notifier {
  return new Telling(options);
}
