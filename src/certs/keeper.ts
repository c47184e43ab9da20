import { type Alarm, alarm } from "../cluster/alarm.ts";
import type { Clock } from "../cluster/clock.ts";
import type { Leadership } from "../cluster/election.ts";
import { heartbeat } from "../cluster/heartbeat.ts";
import type { SecretData, SecretStore, WebhookRegistration } from "../cluster/objects.ts";
import { type ProblemEvents, type Trouble, trouble } from "../cluster/trouble.ts";
import { KeycardError } from "../errors.ts";
import type { CertifiedKey, KeyMaker } from "./authority.ts";
import { type AuthorityState, authorityStateFrom, secretDataOf, trustedBundle } from "./authority-state.ts";
import { ensureBundle } from "./registrar.ts";
import { isSettled, nextStep, type RotationStep, takeStep } from "./rotation.ts";
import type { CertificateSource } from "./source.ts";

/** How often a replica looks at the Secret, and the leader at the registration: followers follow within this. */
export const LOOK_MILLISECONDS = 5000;

/** How often a replica looks that has no certificate yet: until then it is not ready. */
const FIRST_LOOK_MILLISECONDS = 1000;

/** Each call of the Kubernetes API gives up within seconds: a look that takes this long never ends. */
const STUCK_MILLISECONDS = 600_000;

/** What the keeper reports. */
export interface KeeperEvents extends ProblemEvents {
  readonly onStep: (step: RotationStep) => void;
  readonly onPatched: () => void;
}

export interface KeeperOptions {
  readonly secret: SecretStore;
  /** Undefined: no registration is kept current. */
  readonly registration: WebhookRegistration | undefined;
  readonly leadership: Leadership;
  readonly hosts: readonly string[];
  readonly clock: Clock;
  readonly lookMilliseconds: number;
  readonly events: KeeperEvents;
  readonly keys?: KeyMaker;
}

/**
 * Serving certificates of our own authority. Every replica serves what the Secret holds; the leader alone
 * changes it, one step at a time, and patches the registration first. While the Kubernetes API is away,
 * everybody goes on serving what they have.
 */
export function authorityCertificates(options: KeeperOptions): CertificateSource {
  const ended = new AbortController();
  const heart = heartbeat(options.clock, STUCK_MILLISECONDS);
  let running: Promise<void> = Promise.resolve();
  return {
    start(onChange) {
      return new Promise((resolve) => {
        let first = true;
        const keeper = new Keeper(options, (serving) => {
          if (first) resolve(serving);
          else onChange(serving);
          first = false;
        });
        running = keeper.run(ended.signal, heart.beat);
      });
    },
    isStuck: heart.isStuck,
    async stop() {
      ended.abort();
      await running;
    },
  };
}

class RegistrationMissing extends KeycardError {
  constructor() {
    super(
      "KEYCARD_NO_REGISTRATION",
      "The webhook registration does not exist (yet): is its name the one that AGENT_INJECT_TLS_AUTO says?",
    );
  }
}

class Keeper {
  readonly #options: KeeperOptions;
  readonly #onServing: (serving: CertifiedKey) => void;
  readonly #pauses: Alarm;
  #read: { readonly version: string; readonly state: AuthorityState | undefined } | undefined;
  /** The last state seen, which outlives the Secret's data. */
  #state: AuthorityState | undefined;
  /** When the registration was first seen to trust exactly this bundle. */
  #trusted: { readonly bundle: string; readonly since: number } | undefined;
  readonly #troubleWithSecret: Trouble;
  readonly #troubleWithRegistration: Trouble;

  constructor(options: KeeperOptions, onServing: (serving: CertifiedKey) => void) {
    this.#options = options;
    this.#onServing = onServing;
    this.#troubleWithSecret = trouble(options.events);
    this.#troubleWithRegistration = trouble(options.events);
    this.#pauses = alarm(options.clock);
    options.leadership.onChange(this.#pauses.ring);
  }

  async run(signal: AbortSignal, beat: () => void): Promise<void> {
    const { lookMilliseconds } = this.#options;
    while (!signal.aborted) {
      beat();
      const changed = await this.#look();
      if (changed) continue;
      await this.#pauses.sleep(this.#state ? lookMilliseconds : FIRST_LOOK_MILLISECONDS, signal);
    }
  }

  /** One look at everything; true when a step was taken and another may follow at once. */
  async #look(): Promise<boolean> {
    try {
      const changed = await this.#reconcile();
      this.#troubleWithSecret.recovered();
      return changed;
    } catch (error) {
      this.#troubleWithSecret.failed(error);
      return false;
    }
  }

  async #reconcile(): Promise<boolean> {
    const { secret, leadership, clock, hosts, events, keys } = this.#options;
    const stored = await secret.read();
    const found = stored && this.#stateOf(stored);
    if (found) this.#adopt(found);
    if (!leadership.isLeader()) return false;
    if (!found && this.#state) {
      const replacing = await this.#replacing(this.#state);
      this.#state = replacing;
      if (!leadership.isLeader()) return false;
      await this.#write(replacing, stored?.resourceVersion);
      return true;
    }
    if (found) await this.#ensureTrust(found);
    const facts = { now: clock.wall(), hosts, trustedForMilliseconds: this.#trustedFor(found) };
    const step = nextStep(found, facts);
    if (step === undefined) return false;
    const next = await takeStep(step, found, { now: facts.now, hosts, ...(keys ? { keys } : {}) });
    if (!leadership.isLeader()) return false;
    // Nobody serves a new authority's certificate before it is trusted.
    if (step === "create") await this.#ensureTrust(next);
    await this.#write(next, stored?.resourceVersion);
    events.onStep(step);
    return true;
  }

  /**
   * What to write to a Secret that lost its data, by accident or because somebody wants all of it replaced: what
   * every replica serves stays in force, and a new authority is announced as if the old one were due.
   */
  async #replacing(lost: AuthorityState): Promise<AuthorityState> {
    if (lost.next) return lost;
    const { clock, hosts, events, keys } = this.#options;
    const announced = await takeStep("announce", lost, {
      now: clock.wall(),
      hosts,
      ...(keys ? { keys } : {}),
    });
    events.onStep("announce");
    return announced;
  }

  /** Reading the state checks every key: only done for a Secret that has changed. */
  #stateOf(stored: SecretData): AuthorityState | undefined {
    if (stored.resourceVersion !== this.#read?.version) {
      this.#read = { version: stored.resourceVersion, state: authorityStateFrom(stored.data) };
    }
    return this.#read.state;
  }

  #adopt(state: AuthorityState): void {
    const before = this.#state?.serving.certificate;
    this.#state = state;
    if (state.serving.certificate !== before) this.#onServing(state.serving);
  }

  async #write(state: AuthorityState, resourceVersion: string | undefined): Promise<void> {
    const { secret } = this.#options;
    if (resourceVersion === undefined) await secret.create(secretDataOf(state));
    else await secret.replace(secretDataOf(state), resourceVersion);
  }

  /** Patches the registration where needed. Without it, rotation waits, but serving and renewing go on. */
  async #ensureTrust(state: AuthorityState): Promise<void> {
    const { registration, clock } = this.#options;
    const bundle = trustedBundle(state);
    try {
      const now = clock.wall();
      const keepForeign = !isSettled(state, now);
      const result = registration
        ? await ensureBundle(registration, bundle, { now, keepForeign })
        : "current";
      if (result === "missing") throw new RegistrationMissing();
      if (result === "patched") this.#options.events.onPatched();
      if (result === "patched" || this.#trusted?.bundle !== bundle) {
        this.#trusted = { bundle, since: clock.monotonic() };
      }
      this.#troubleWithRegistration.recovered();
    } catch (error) {
      this.#trusted = undefined;
      this.#troubleWithRegistration.failed(error);
    }
  }

  #trustedFor(state: AuthorityState | undefined): number | undefined {
    if (!state || this.#trusted?.bundle !== trustedBundle(state)) return undefined;
    return this.#options.clock.monotonic() - this.#trusted.since;
  }
}
