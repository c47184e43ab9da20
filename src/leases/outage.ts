import type { Failure } from "./event.ts";
import type { Context } from "./reading.ts";
import { backoffMs } from "./schedule.ts";
import { type LeaseSettings, type MachineState, NO_RETRY, type Retry } from "./state.ts";
import { endOfReading } from "./usable.ts";

/** Longest pause between two tries of what keeps a credential alive, however long they have failed. */
const VITAL_MAX_MS = 10_000;
/** Shortest upper bound of a pause, when something is about to end. */
const URGENT_MS = 500;

/** Milliseconds until each thing ends that the app uses; negative: it has ended. */
function ends(state: MachineState): readonly number[] {
  return state.slots.flatMap(({ chosen, published }) =>
    [chosen, published].flatMap((reading) => {
      const end = reading && !reading.gone ? endOfReading(state, reading) : null;
      return end === null ? [] : [end - state.time.leaseMs];
    }),
  );
}

/**
 * The longest a pause may be at this moment: the nearer the end of something is, the oftener a renewal is tried,
 * so that a Vault which comes back just before it is not missed, nor one which comes back just after it.
 */
export function pauseLimitMs(state: MachineState, { maxBackoffMs }: LeaseSettings): number {
  const nearest = Math.min(...ends(state).map(Math.abs));
  return Math.min(VITAL_MAX_MS, maxBackoffMs, Math.max(URGENT_MS, nearest / 4));
}

/**
 * The longest that Vault may have the agent wait (`Retry-After`). It is not to cost anybody a login: half of what is
 * left of it is kept for another try.
 */
function longestWaitMs(state: MachineState, { maxBackoffMs }: LeaseSettings): number {
  const soonest = Math.min(...ends(state).filter((end) => end > 0));
  return Math.min(maxBackoffMs, Math.max(URGENT_MS, soonest / 2));
}

/** Whether a failure says something about Vault as a whole, not only about the one call. */
function isOutage(failure: Failure): boolean {
  return failure.kind === "unavailable" || failure.kind === "uncertain";
}

/** Notes what a failed call tells of Vault: away, or there and answering. */
export function noteFailure(state: MachineState, failure: Failure, context: Context): MachineState {
  if (!isOutage(failure)) return noteAnswer(state);
  const now = state.time.steadyMs;
  const { settings, random } = context;
  const asked = Math.min((failure.retryAfterSeconds ?? 0) * 1000, longestWaitMs(state, settings));
  const askedUntilMs = asked === 0 ? 0 : now + asked + random() * Math.max(1000, asked / 10);
  // Calls that were under way together fail together: that is one failure.
  if (state.outage && state.outage.retryAtMs > now) {
    const retryAtMs = Math.max(state.outage.retryAtMs, askedUntilMs);
    return { ...state, outage: { ...state.outage, retryAtMs } };
  }
  const failures = (state.outage?.failures ?? 0) + 1;
  const maxMs = pauseLimitMs(state, settings);
  const pause = backoffMs(failures, { minMs: settings.minBackoffMs, maxMs }, random);
  return { ...state, outage: { ...NO_RETRY, failures, retryAtMs: Math.max(now + pause, askedUntilMs) } };
}

/** Vault answered, so it is there. */
export function noteAnswer(state: MachineState): MachineState {
  return state.outage ? { ...state, outage: undefined } : state;
}

/**
 * The next try of one thing after a failure of its own. An outage is no such failure: it is waited for once
 * for all things together.
 */
export function afterFailure(
  state: MachineState,
  retry: Retry,
  failure: Failure,
  { settings, random }: Context,
  maxMs: number = settings.maxBackoffMs,
): Retry {
  if (failure.kind === "unavailable") return retry;
  const failures = retry.failures + 1;
  const refused = failure.kind === "denied" || failure.kind === "gone" || failure.kind === "refused";
  const bounds = { minMs: Math.min(settings.minBackoffMs, maxMs), maxMs };
  return {
    failures,
    refusals: refused ? retry.refusals + 1 : 0,
    retryAtMs: state.time.steadyMs + backoffMs(failures, bounds, random),
  };
}
