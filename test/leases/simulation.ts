import {
  type Action,
  type Event,
  type Failure,
  failureEvent,
  type Grant,
  initialState,
  type LeaseSettings,
  type MachineState,
  type Random,
  resume,
  startTimeline,
  step,
  type VaultAction,
} from "../../src/leases/index.ts";
import { ModelRefusal, VaultModel, type VaultModelOptions } from "./vault-model.ts";

/** A repeatable source of randomness (mulberry32). */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Something that goes wrong from `from` on, for `durationMs`. */
export interface Outage {
  readonly fromMs: number;
  readonly durationMs: number;
  readonly failure?: Failure;
}

export interface SimulationOptions {
  readonly seed: number;
  readonly vault: VaultModelOptions;
  readonly settings: LeaseSettings;
  readonly keys?: readonly string[];
  readonly outages?: readonly Outage[];
  /** Longest time one call of Vault takes. */
  readonly latencyMs?: number;
  /** The agent's timers are no longer than this, as in the real one. */
  readonly longestSleepMs?: number;
  /** Calls that are made while this holds are never answered: each ends after its own time, or a minute. */
  readonly swallows?: (now: number) => boolean;
  readonly verify?: "keep" | "publish";
  /** What PostgreSQL says of a login. Default: it works. */
  readonly checkLogin?: (key: string, serial: number, now: number) => "ok" | "rejected" | "unreachable";
  /** The session whose token a login brings once more; undefined: it brings a new one. */
  readonly sameToken?: () => number | undefined;
  readonly publishes?: (now: number) => boolean;
  /** Whether some files of each secret cannot be written, while others show what they should. */
  readonly publishesHalf?: (now: number) => boolean;
  /** Answers a read with something that has no lease; undefined: it is a credential like the others. */
  readonly unleased?: (
    key: string,
    now: number,
  ) => { readonly grant: Grant; readonly version: string } | undefined;
}

interface Pending {
  readonly at: number;
  readonly run: () => void;
}

export const SETTINGS: LeaseSettings = {
  minBackoffMs: 1000,
  maxBackoffMs: 300_000,
  staticIntervalMs: 300_000,
  verifyIntervalMs: 0,
  graceMs: 30_000,
  revoke: true,
  revokeTimeoutMs: 10_000,
  ownsTokens: true,
  startTimeoutMs: 0,
  giveUpWhenRefused: false,
  publishesToken: false,
};

/** Longest time a call may take, as it is configured unless a pod says otherwise. */
const CALL_TIMEOUT_MS = 60_000;

/** One agent's machine, a model of Vault, and a clock that stands still until it is told to go on. */
export class Simulation {
  now = 0;
  /** What the host's clocks say beyond the time that really passed. */
  wallSkewMs = 0;
  sleptMs = 0;
  readonly vault: VaultModel;
  readonly options: SimulationOptions;
  readonly random: Random;
  /** Lease ids on disk, by key, each with the time it got there. */
  readonly published = new Map<string, string>();
  readonly leaseOf = new Map<number, string>();
  /** Versions of secrets without a lease, by serial. */
  readonly versionOf = new Map<number, string>();
  readonly shownVersion = new Map<string, string>();
  readonly actions: { readonly at: number; readonly action: Action }[] = [];
  ended: "exit" | "give-up" | undefined;
  state: MachineState;
  #queue: Pending[] = [];
  #wake: Pending | undefined;
  /** Counts restarts: what an earlier life asked for is answered to nobody. */
  #life = 0;

  constructor(options: SimulationOptions) {
    this.options = options;
    this.random = seededRandom(options.seed);
    this.vault = new VaultModel(options.vault);
    const slots = (options.keys ?? ["database/creds/app"]).map((key) => ({ key, verify: options.verify }));
    this.state = initialState(startTimeline(this.#instant()), slots);
    this.dispatch({ kind: "tick" });
  }

  #instant(): { monotonicMs: number; wallMs: number } {
    return {
      monotonicMs: this.now - this.sleptMs,
      wallMs: 1_700_000_000_000 + this.now + this.wallSkewMs,
    };
  }

  dispatch(event: Event): void {
    if (this.ended) return;
    const { state, actions, wakeInMs } = step(
      this.state,
      event,
      this.#instant(),
      this.random,
      this.options.settings,
    );
    this.state = state;
    for (const action of actions) this.#start(action);
    const sleep = Math.min(wakeInMs ?? Number.POSITIVE_INFINITY, this.options.longestSleepMs ?? 15_000);
    this.#queue = this.#queue.filter((pending) => pending !== this.#wake);
    this.#wake = this.#at(this.now + Math.max(1, sleep), () => this.dispatch({ kind: "tick" }));
  }

  /** The host sleeps: time passes, timers do not fire, and the monotonic clock stands still. */
  suspend(durationMs: number): void {
    this.now += durationMs;
    this.sleptMs += durationMs;
    this.#queue = this.#queue.map((pending) => ({
      ...pending,
      at: Math.max(pending.at + durationMs, this.now),
    }));
    this.#wake = undefined;
  }

  /** The agent is killed and started again from what it had saved. */
  restart(): void {
    this.#life++;
    this.#queue = [];
    this.#wake = undefined;
    this.state = resume(JSON.parse(JSON.stringify(this.state)) as MachineState, this.#instant());
    this.dispatch({ kind: "tick" });
  }

  /** How often something was asked for. */
  count(kind: Action["kind"]): number {
    return this.actions.filter(({ action }) => action.kind === kind).length;
  }

  /** Lets time pass; `watch` is called at every moment at which something may have changed. */
  run(durationMs: number, watch: () => void = () => undefined): void {
    const end = this.now + durationMs;
    for (;;) {
      const next = this.#queue.reduce<Pending | undefined>(
        (first, pending) => (first === undefined || pending.at < first.at ? pending : first),
        undefined,
      );
      if (!next || next.at > end || this.ended) break;
      this.#queue.splice(this.#queue.indexOf(next), 1);
      this.now = Math.max(this.now, next.at);
      watch();
      next.run();
      watch();
    }
    if (!this.ended) this.now = Math.max(this.now, end);
    watch();
  }

  /** Whether everything that is shown works at this moment. */
  works(): boolean {
    const keys = this.options.keys ?? ["database/creds/app"];
    return keys.every((key) => this.vault.isAlive(this.published.get(key) ?? "", this.now));
  }

  isDown(): boolean {
    return this.#outage() !== undefined;
  }

  #outage(): Outage | undefined {
    return this.options.outages?.find(
      ({ fromMs, durationMs }) => this.now >= fromMs && this.now < fromMs + durationMs,
    );
  }

  #at(at: number, run: () => void): Pending {
    const life = this.#life;
    const pending = { at, run: () => (life === this.#life ? run() : undefined) };
    this.#queue.push(pending);
    return pending;
  }

  #start(action: Action): void {
    this.actions.push({ at: this.now, action });
    switch (action.kind) {
      case "exit":
      case "give-up":
        this.ended = action.kind;
        return;
      case "publish":
        this.#at(this.now + 1, () => this.#publish(action));
        return;
      case "verify":
        this.#at(this.now + 5, () => this.#verify(action.key, action.serial));
        return;
      default: {
        if (this.options.swallows?.(this.now)) {
          const limitMs =
            "timeoutMs" in action ? Math.min(action.timeoutMs, CALL_TIMEOUT_MS) : CALL_TIMEOUT_MS;
          const event = failureEvent(action, failureOf(action, { kind: "uncertain" }));
          this.#at(this.now + limitMs, () => this.dispatch(event));
          return;
        }
        const latency = this.random() * (this.options.latencyMs ?? 20);
        this.#at(this.now + latency / 2, () => {
          const event = this.#askVault(action);
          this.#at(this.now + latency / 2, () => this.dispatch(event));
        });
      }
    }
  }

  #publish(action: Extract<Action, { kind: "publish" }>): void {
    const worked = this.options.publishes?.(this.now) ?? true;
    if (worked) {
      for (const { key, serial } of action.readings) {
        this.published.set(key, this.leaseOf.get(serial) ?? "");
        this.shownVersion.set(key, this.versionOf.get(serial) ?? "");
      }
    }
    const whole = worked && !this.options.publishesHalf?.(this.now);
    const readings = whole ? action.readings : [];
    this.dispatch({ kind: "published", readings, complete: whole, hopeless: false });
  }

  #verify(key: string, serial: number): void {
    const result = this.options.checkLogin?.(key, serial, this.now) ?? "ok";
    this.dispatch(
      result === "ok"
        ? { kind: "verified", key, serial }
        : { kind: "verification-failed", key, serial, cause: result },
    );
  }

  #askVault(action: VaultAction): Event {
    const down = this.#outage();
    try {
      if (down) throw new ModelRefusal(failureOf(action, down.failure ?? { kind: "unavailable" }));
      return this.#answer(action);
    } catch (error) {
      if (error instanceof ModelRefusal) return failureEvent(action, error.failure);
      throw error;
    }
  }

  #readUnleased(
    { key, serial, sessionId }: Extract<Action, { kind: "read" }>,
    { grant, version }: { readonly grant: Grant; readonly version: string },
  ): Event {
    const chosen = this.state.slots.find((slot) => slot.key === key)?.chosen;
    const changed = chosen === undefined || this.versionOf.get(chosen.serial) !== version;
    this.versionOf.set(serial, version);
    return { kind: "secret-read", key, serial, sessionId, grant, changed };
  }

  #answer(action: VaultAction): Event {
    const { vault, now } = this;
    switch (action.kind) {
      case "login": {
        const known = this.options.sameToken?.();
        const sessionId = known ?? action.sessionId;
        const granted = known ? vault.lookUpToken(known, now) : vault.login(sessionId, now);
        return { kind: "logged-in", sessionId, ...granted };
      }
      case "renew-token": {
        const ttlSeconds = vault.renewToken(action.sessionId, action.incrementSeconds, now);
        return { kind: "token-renewed", sessionId: action.sessionId, ttlSeconds, renewable: true };
      }
      case "check-token":
        vault.checkToken(action.sessionId, now);
        return { kind: "token-checked", sessionId: action.sessionId };
      case "revoke-token":
        vault.revokeToken(action.sessionId, now);
        return { kind: "token-revoked", sessionId: action.sessionId };
      case "read": {
        const unleased = this.options.unleased?.(action.key, now);
        if (unleased) return this.#readUnleased(action, unleased);
        const { id, seconds, renewable } = vault.read(action.key, action.sessionId, now);
        this.leaseOf.set(action.serial, id);
        const grant = { kind: "lease", leaseId: id, durationSeconds: seconds, renewable } as const;
        const { key, serial, sessionId } = action;
        return { kind: "secret-read", key, serial, sessionId, grant, changed: true };
      }
      case "renew-lease": {
        const { serial, leaseId, sessionId, incrementSeconds } = action;
        const durationSeconds = vault.renewLease(leaseId, sessionId, incrementSeconds, now);
        return { kind: "lease-renewed", serial, durationSeconds, renewable: true };
      }
      case "check-lease":
        vault.checkLease(action.leaseId, action.sessionId, now);
        return { kind: "lease-checked", serial: action.serial };
      case "revoke-lease":
        vault.revokeLease(action.leaseId, action.sessionId, now);
        return { kind: "lease-revoked", serial: action.serial };
    }
  }
}

/** Only of a read it matters that its answer got lost. */
function failureOf(action: Action, failure: Failure): Failure {
  return failure.kind === "uncertain" && action.kind !== "read"
    ? { ...failure, kind: "unavailable" }
    : failure;
}
