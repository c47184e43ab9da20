import type { AgentConfig } from "../engines/native/agent-config.ts";
import {
  type Action,
  currentSession,
  type Event,
  type Instant,
  initialState,
  isReady,
  isSettled,
  type LeaseSettings,
  type MachineState,
  type Random,
  resume,
  startTimeline,
  stateAt,
  step,
} from "../leases/index.ts";
import type { LoginDependencies } from "../vault/login/login-method.ts";
import type { VaultClient } from "../vault/response.ts";
import type { AgentEnd } from "./agent-end.ts";
import { createKnownDependencies, type KnownDependencies } from "./known-dependencies.ts";
import { leaseSettingsOf } from "./lease-settings.ts";
import type { Logger } from "./logger.ts";
import { prepareVerification, type VerificationOptions, verifyReading } from "./login-verification.ts";
import { gaugesOf, type Metrics, type SecretGauge } from "./metrics.ts";
import type { Notifier } from "./notify/notifier.ts";
import { createPublisher, type Publisher } from "./publisher.ts";
import type { Renderer } from "./rendering.ts";
import { createReporter, type Reporter } from "./reporter.ts";
import { restoreState } from "./restore.ts";
import { chosenReadings, createSecretStore, forgetUnused, type StoredReading } from "./secret-store.ts";
import type { StateFile } from "./state-file.ts";
import { createStateSaver, type StateSaver } from "./state-saver.ts";
import { callVault, type VaultCallsOptions } from "./vault-calls.ts";

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
  readonly #end = Promise.withResolvers<AgentEnd>();
  readonly ended = this.#end.promise;
  readonly #options: AgentOptions;
  readonly #settings: LeaseSettings;
  readonly #store = createSecretStore();
  readonly #dependencies: KnownDependencies;
  readonly #reporter: Reporter;
  readonly #vault: VaultCallsOptions;
  readonly #verification: VerificationOptions;
  readonly #publisher: Publisher;
  readonly #saver: StateSaver;
  #state: MachineState;
  #timer: NodeJS.Timeout | undefined;

  constructor(options: AgentOptions) {
    this.#options = options;
    this.#settings = leaseSettingsOf(options.config);
    const store = this.#store;
    const wallNow = (): number => options.clock().wallMs;
    const reporter = createReporter({ ...options, store, wallNow });
    const { failed } = reporter;
    const dependencies = createKnownDependencies(options.config);
    this.#dependencies = dependencies;
    this.#reporter = reporter;
    const known = options.renderer.render(new Map()).flatMap((rendered) => rendered.dependencies);
    const chosenOf = (key: string): StoredReading | undefined => chosenReadings(store, this.#state).get(key);
    this.#vault = { ...options, store, wallNow, dependencyOf: dependencies.of, chosenOf, failed };
    this.#verification = { ...options, store, failed };
    this.#publisher = createPublisher({ ...options, failed, commandEnded: () => this.#restartIfDue() });
    this.#saver = createStateSaver({ ...options, store });
    this.#state = initialState(startTimeline(options.clock()), dependencies.learn(known));
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
    return isReady(this.#now(), this.#settings);
  }

  secrets(): readonly SecretGauge[] {
    return gaugesOf(this.#now(), this.#settings);
  }

  /** The machine looks at the clock when it has something to do; who asks meanwhile wants to know of this moment. */
  #now(): MachineState {
    return stateAt(this.#state, this.#options.clock());
  }

  async #restore(): Promise<void> {
    const { clock, notifier, mode, log } = this.#options;
    const restored = await restoreState(this.#options, this.#store);
    if (!restored) return;
    const { machine, outstanding } = restored;
    const { tokens, readings } = this.#store;
    this.#dependencies.learn([...readings.values()].map(({ dependency }) => dependency));
    this.#state = resume(machine, clock());
    // Where the init container runs again, the app has yet to start, and reads everything then.
    if (mode === "serve") notifier.resume(outstanding);
    else if (outstanding.restarting) log.info("pod-restarted", { of: outstanding.untold.join(", ") });
    log.info("resumed", { sessions: tokens.size, secrets: readings.size });
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
    return this.#saver.save(this.#state, outstanding, this.isReady());
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
    if (changed.length === 0 || phase !== "running" || inFlight.length > 0) return;
    if (this.#publisher.running.size > 0) return;
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
        void verifyReading(this.#verification, action).then((event) => this.#dispatch(event));
        return;
      case "give-up":
        this.#finish({ kind: "gave-up", reason: action.reason, problems: this.#reporter.unsolved() });
        return;
      case "exit":
        this.#finish({ kind: "done" });
        return;
      default:
        void callVault(this.#vault, action).then((event) => this.#dispatch(event));
    }
    // While Vault makes the login, and not when it is there.
    if (action.kind === "read") setImmediate(prepareVerification, this.#options.config, action.key);
  }

  #publish(action: Extract<Action, { kind: "publish" }>): void {
    const session = currentSession(this.#state);
    const token = session && this.#store.tokens.get(session.id);
    const readings = chosenReadings(this.#store, this.#state);
    const first = !this.#state.publishing.once;
    const publication = this.#publisher.publish(action, readings, token, first);
    const slots = this.#dependencies.after(publication, this.#state);
    this.#dispatch({ kind: "dependencies", slots });
    this.#dispatch(publication.event);
    this.#tell();
  }

  /** Ends the init container's part: what it has goes to the sidecar, if there is going to be one. */
  async #handOver(): Promise<void> {
    clearTimeout(this.#timer);
    await Promise.all(this.#publisher.running);
    // Told to end meanwhile: what there is gets revoked, and nothing handed over.
    if (this.#state.phase !== "running") return;
    const { config, stateFile, log } = this.#options;
    if (config.initOnly) stateFile.remove();
    log.info(config.initOnly ? "published" : "handed-over");
    this.#state = { ...this.#state, phase: "ended" };
    this.#finish({ kind: "done" });
  }

  #finish(end: AgentEnd): void {
    clearTimeout(this.#timer);
    if (this.#options.mode === "serve") this.#options.stateFile.markReady(false);
    this.#end.resolve(end);
  }
}

/** Starts an agent. */
export async function startAgent(options: AgentOptions): Promise<RunningAgent> {
  const agent = new Agent(options);
  await agent.begin();
  return agent;
}
