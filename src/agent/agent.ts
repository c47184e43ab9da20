import type { AgentConfig } from "../engines/native/agent-config.ts";
import { messageOf } from "../errors.ts";
import {
  type Action,
  currentSession,
  type Event,
  type Instant,
  initialState,
  isSettled,
  isUsable,
  type LeaseSettings,
  type MachineState,
  type Random,
  resume,
  type SlotRequest,
  startTimeline,
  step,
} from "../leases/index.ts";
import type { Dependency } from "../templates/index.ts";
import type { LoginDependencies } from "../vault/login/login-method.ts";
import type { VaultClient } from "../vault/response.ts";
import { leaseSettingsOf } from "./lease-settings.ts";
import type { Logger } from "./logger.ts";
import { slotRequestOf, verifyLogin } from "./login-verification.ts";
import { gaugesOf, type Metrics, type SecretGauge } from "./metrics.ts";
import { entryOf } from "./notify/audience.ts";
import type { Notifier, Outstanding } from "./notify/notifier.ts";
import { type Publication, publishAll } from "./publication.ts";
import type { Readings, Renderer } from "./rendering.ts";
import { createReporter } from "./reporter.ts";
import { restoreState } from "./restore.ts";
import { createSecretStore, forgetUnused, type StoredReading } from "./secret-store.ts";
import type { StateFile } from "./state-file.ts";
import { callVault, type VaultAction, type VaultCallsOptions } from "./vault-calls.ts";

/** Longest sleep: a clock that was set, or a host that slept, is noticed this soon. */
const LONGEST_SLEEP_MS = 15_000;

export interface AgentOptions {
  readonly config: AgentConfig;
  /** `once`: publish, leave the rest to the sidecar, and end. `serve`: until told to stop. */
  readonly mode: "once" | "serve";
  readonly applicationName: string;
  readonly client: VaultClient;
  readonly login: LoginDependencies;
  readonly templates: typeof import("../templates/index.ts") | undefined;
  readonly renderer: Renderer;
  readonly stateFile: StateFile;
  readonly notifier: Notifier;
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly clock: () => Instant;
  readonly random: Random;
}

/** How an agent ended. */
export type AgentEnd =
  | { readonly kind: "done" }
  /** Everything is saved for the pod to start anew, because of these secrets. */
  | { readonly kind: "restart"; readonly changed: readonly string[] }
  /** `problems`: what failed, newest last. */
  | {
      readonly kind: "gave-up";
      readonly reason: "start-timeout" | "refused";
      readonly problems: readonly string[];
    };

export interface RunningAgent {
  /** Resolves when the agent has ended. */
  readonly ended: Promise<AgentEnd>;
  /** Revokes what there is to revoke, then ends. */
  stop(): void;
  /** Everything is published and can be expected to work. */
  isReady(): boolean;
  secrets(): readonly SecretGauge[];
}

class Agent implements RunningAgent {
  readonly ended: Promise<AgentEnd>;
  readonly #options: AgentOptions;
  readonly #settings: LeaseSettings;
  readonly #store = createSecretStore();
  readonly #dependencies = new Map<string, Dependency>();
  readonly #reporter: ReturnType<typeof createReporter>;
  readonly #vault: VaultCallsOptions;
  /** Commands of the pod that are running. */
  readonly #commands = new Set<Promise<void>>();
  #state: MachineState;
  /** The state as it was last saved. */
  #saved: { readonly state: MachineState; readonly outstanding: Outstanding } | undefined;
  #timer: NodeJS.Timeout | undefined;
  #end: ((end: AgentEnd) => void) | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#settings = leaseSettingsOf(options.config);
    const wallNow = (): number => options.clock().wallMs;
    this.#reporter = createReporter({ ...options, store: this.#store, wallNow });
    this.#vault = {
      ...options,
      store: this.#store,
      wallNow,
      dependencyOf: (key) => this.#dependencies.get(key),
      chosenOf: (key) => this.#readings().get(key),
      failed: (action, error) => this.#reporter.failed(action, error),
    };
    this.#state = initialState(startTimeline(options.clock()), this.#discover());
    this.ended = new Promise((resolve) => {
      this.#end = resolve;
    });
  }

  /** Goes on from a saved state, if there is one, and starts to work. */
  async begin(): Promise<void> {
    await this.#restore();
    this.#dispatch({ kind: "tick" });
    this.#tell();
  }

  stop(): void {
    if (this.#state.phase !== "running") return;
    this.#options.log.info("shutting-down", { revoke: this.#settings.revoke });
    if (this.#settings.revoke) this.#options.stateFile.remove();
    this.#dispatch({ kind: "shutdown" });
  }

  isReady(): boolean {
    const { phase, publishing, slots } = this.#state;
    return (
      phase === "running" && publishing.once && slots.every((slot) => isUsable(this.#state, slot.published))
    );
  }

  secrets(): readonly SecretGauge[] {
    return gaugesOf(this.#state);
  }

  /** Learns the dependencies that can be known before anything was read. */
  #discover(): readonly SlotRequest[] {
    const rendered = this.#options.renderer.render(new Map());
    return this.#learn(rendered.flatMap(({ dependencies }) => dependencies));
  }

  #learn(dependencies: readonly Dependency[]): readonly SlotRequest[] {
    for (const dependency of dependencies) this.#dependencies.set(dependency.key, dependency);
    const keys = new Map(dependencies.map((dependency) => [dependency.key, dependency]));
    return [...keys.values()].map((dependency) => slotRequestOf(this.#options.config, dependency));
  }

  async #restore(): Promise<void> {
    const { clock, notifier, mode, log } = this.#options;
    const restored = await restoreState(this.#options);
    if (!restored) return;
    const { machine, outstanding, store } = restored;
    for (const [id, token] of store.tokens) this.#store.tokens.set(id, token);
    for (const [serial, reading] of store.readings) {
      this.#dependencies.set(reading.dependency.key, reading.dependency);
      this.#store.readings.set(serial, reading);
    }
    this.#state = resume(machine, clock());
    // Where the init container runs again, the app has yet to start, and reads everything then.
    if (mode === "serve") notifier.resume(outstanding);
    else if (outstanding.restarting) log.info("pod-restarted", { of: outstanding.untold.join(", ") });
    log.info("resumed", { sessions: store.tokens.size, secrets: store.readings.size });
  }

  #readings(): Readings {
    const readings = new Map<string, StoredReading>();
    for (const { key, chosen } of this.#state.slots) {
      const stored = chosen && this.#store.readings.get(chosen.serial);
      if (stored) readings.set(key, stored);
    }
    return readings;
  }

  #dispatch(event: Event): void {
    if (this.#state.phase === "ended") return;
    const { clock, random } = this.#options;
    const before = this.#state;
    const { state, actions, wakeInMs } = step(before, event, clock(), random, this.#settings);
    this.#state = state;
    this.#reporter.happened(event, before, state);
    forgetUnused(this.#store, event, before, state);
    // Saved before anything that builds on it is started: what Vault has given out must not get lost.
    this.#save();
    for (const action of actions) this.#carryOut(action);
    clearTimeout(this.#timer);
    if (this.#state.phase === "ended") return;
    this.#timer = setTimeout(
      () => this.#dispatch({ kind: "tick" }),
      Math.min(Math.max(1, wakeInMs ?? LONGEST_SLEEP_MS), LONGEST_SLEEP_MS),
    );
    if (this.#options.mode === "once" && isSettled(state)) void this.#handOver();
    else this.#restartIfDue();
  }

  /** @returns whether the next process will know everything. */
  #save(outstanding = this.#options.notifier.outstanding()): boolean {
    const { config, stateFile, log, mode } = this.#options;
    const state = this.#state;
    if (state.phase !== "running") return false;
    const saved = this.#saved?.state;
    const same =
      saved?.slots === state.slots &&
      saved.sessions === state.sessions &&
      saved.retired === state.retired &&
      saved.publishing.once === state.publishing.once &&
      this.#saved?.outstanding === outstanding;
    try {
      if (mode === "serve") stateFile.markReady(this.isReady());
      if (same || (config.initOnly && mode === "serve")) return same;
      stateFile.save(state, this.#store, outstanding);
      this.#saved = { state, outstanding };
      return true;
    } catch (error) {
      log.warn("state-not-saved", { message: messageOf(error) });
      return false;
    }
  }

  #tell(): void {
    void this.#options.notifier.tell().then(() => this.#save());
  }

  /**
   * Ends for the pod to start anew, once nothing is under way: what Vault is about to give out would get lost,
   * and what is about to be published would ask for the next restart.
   */
  #restartIfDue(): void {
    const { notifier, log } = this.#options;
    const changed = notifier.restartFor();
    const { phase, inFlight } = this.#state;
    if (changed.length === 0 || phase !== "running" || inFlight.length > 0 || this.#commands.size > 0) return;
    if (!this.#save({ ...notifier.outstanding(), restarting: true })) return;
    log.info("restarting-pod", { of: changed.join(", ") });
    this.#state = { ...this.#state, phase: "ended" };
    this.#finish({ kind: "restart", changed });
  }

  #carryOut(action: Action): void {
    switch (action.kind) {
      case "publish":
        queueMicrotask(() => this.#publish(action));
        return;
      case "verify":
        void this.#verify(action).then((event) => this.#dispatch(event));
        return;
      case "give-up":
        this.#finish({ kind: "gave-up", reason: action.reason, problems: this.#reporter.unsolved() });
        return;
      case "exit":
        this.#finish({ kind: "done" });
        return;
      default:
        void this.#callVault(action);
    }
  }

  async #callVault(action: VaultAction): Promise<void> {
    this.#dispatch(await callVault(this.#vault, action));
  }

  async #verify(action: Extract<Action, { kind: "verify" }>): Promise<Event> {
    const { config, applicationName, log } = this.#options;
    const { key, serial } = action;
    const reading = this.#store.readings.get(serial);
    if (!reading) return { kind: "verified", key, serial };
    const verification = await verifyLogin(config, reading, applicationName);
    if (verification.kind === "failed") {
      this.#reporter.failed(action, verification.error);
      return { kind: "verification-failed", key, serial, cause: verification.cause };
    }
    if (verification.kind === "impossible") {
      log.warn("login-not-verifiable", { secret: key, message: verification.reason });
    }
    return { kind: "verified", key, serial };
  }

  #publish(action: Extract<Action, { kind: "publish" }>): void {
    const { config, renderer, notifier, metrics, log, mode } = this.#options;
    const session = currentSession(this.#state);
    const publication = publishAll({
      config,
      renderer,
      readings: this.#readings(),
      shown: action.readings,
      token: session && this.#store.tokens.get(session.id),
    });
    for (const { name, error } of publication.failures) {
      log.debug("publication-failed", { secret: name });
      this.#reporter.failed(action, error);
    }
    const first = !this.#state.publishing.once;
    this.#adopt(publication);
    const { changed, event } = publication;
    if (changed.length > 0) {
      metrics.count("publications");
      log.info("files-changed", { files: changed.map((output) => output.path).join(" ") });
      for (const output of changed) {
        if (output.kind === "file" && output.command !== undefined) {
          this.#track(notifier.run(output.name, output.command));
        }
      }
      if (mode === "serve" && !first) notifier.changed(changed.map((output) => entryOf(output, config)));
    }
    this.#dispatch(event);
    this.#tell();
  }

  /** Takes over what the files need, as rendering them has shown; a failed rendering shows only part of it. */
  #adopt({ dependencies, event }: Publication): void {
    const needed = event.complete
      ? []
      : this.#state.slots.flatMap(({ key }) => this.#dependencies.get(key) ?? []);
    this.#dispatch({ kind: "dependencies", slots: this.#learn([...needed, ...dependencies]) });
  }

  #track(running: Promise<void>): void {
    this.#commands.add(running);
    void running.finally(() => {
      this.#commands.delete(running);
      this.#restartIfDue();
    });
  }

  /** Ends the init container's part: what it has goes to the sidecar, if there is going to be one. */
  async #handOver(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all(this.#commands);
    const { config, stateFile, log } = this.#options;
    if (config.initOnly) stateFile.remove();
    log.info(config.initOnly ? "published" : "handed-over");
    this.#state = { ...this.#state, phase: "ended" };
    this.#finish({ kind: "done" });
  }

  #finish(end: AgentEnd): void {
    clearTimeout(this.#timer);
    if (this.#options.mode === "serve") this.#options.stateFile.markReady(false);
    this.#end?.(end);
  }
}

/** Starts an agent. */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const agent = new Agent(options);
  await agent.begin();
  return agent;
}
