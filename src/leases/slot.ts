import type { Event, Failure } from "./event.ts";
import { afterFailure, pauseLimitMs } from "./outage.ts";
import {
  type Context,
  checkedReading,
  newReading,
  renewedReading,
  replacementAfterFailure,
  unchangedReading,
  unrenewableReading,
} from "./reading.ts";
import { retire } from "./retirement.ts";
import { backoffMs } from "./schedule.ts";
import { suspectSession } from "./session.ts";
import { type MachineState, NO_RETRY, type Reading, readingsOf, type Slot } from "./state.ts";
import { endOfReading } from "./usable.ts";

/** A login that PostgreSQL refuses for this long is not merely late in reaching a replica. */
const VERIFICATION_BOUND_MS = 30_000;
const VERIFICATION_MIN_MS = 250;
const VERIFICATION_MAX_MS = 2000;
/** A credential that lived for less than this part of its expected life was a failure. */
const SHORT_LIFE = 1 / 3;
const ISSUE_MIN_MS = 2000;

type Read = Extract<Event, { kind: "secret-read" }>;

export function updateSlot(state: MachineState, key: string, change: (slot: Slot) => Slot): MachineState {
  return { ...state, slots: state.slots.map((slot) => (slot.key === key ? change(slot) : slot)) };
}

function updateReading(
  state: MachineState,
  serial: number,
  change: (reading: Reading) => Reading,
): MachineState {
  const apply = (reading: Reading | undefined): Reading | undefined =>
    reading?.serial === serial ? change(reading) : reading;
  return {
    ...state,
    slots: state.slots.map((slot) =>
      readingsOf(slot).some((reading) => reading.serial === serial)
        ? {
            ...slot,
            candidate: apply(slot.candidate),
            chosen: apply(slot.chosen),
            published: apply(slot.published),
          }
        : slot,
    ),
  };
}

/**
 * Paces the making of credentials: as long as each lives a good part of the life it was given, the next may
 * be made when it is due; when they keep dying young, whatever the reason, the pauses double.
 */
function paced(state: MachineState, slot: Slot, reading: Reading, context: Context): Slot["issue"] {
  const now = state.time.steadyMs;
  const previous = slot.issue;
  const end = endOfReading(state, reading);
  const young = previous.expectedLifeMs > 0 && now - previous.lastAtMs < previous.expectedLifeMs * SHORT_LIFE;
  // One long life does not make up for many short ones.
  const shortLived = young ? previous.shortLived + 1 : Math.max(0, previous.shortLived - 1);
  const bounds = { minMs: ISSUE_MIN_MS, maxMs: Math.max(ISSUE_MIN_MS, context.settings.maxBackoffMs) };
  return {
    shortLived,
    lastAtMs: now,
    expectedLifeMs: end === null ? Number.MAX_SAFE_INTEGER : Math.max(1, end - state.time.leaseMs),
    nextAtMs: shortLived === 0 ? now : now + backoffMs(shortLived, bounds, context.random),
  };
}

export function secretRead(
  state: MachineState,
  event: Read,
  askedAtMs: number,
  context: Context,
): MachineState {
  const slot = state.slots.find((candidate) => candidate.key === event.key);
  const fresh = newReading({ ...event, verified: slot?.verify === undefined }, askedAtMs, context);
  if (state.phase !== "running" || !slot) return retire(state, fresh, state.time.steadyMs);
  if (slot.chosen && !event.changed && event.grant.kind !== "lease") {
    const polls = slot.reads.failures + 1;
    const { reading, overdue } = unchangedReading(slot.chosen, event.grant, polls, askedAtMs, context);
    const updated = updateReading(state, reading.serial, () => reading);
    const reads = overdue ? { ...NO_RETRY, failures: polls } : NO_RETRY;
    return updateSlot(updated, slot.key, (known) => ({ ...known, reads }));
  }
  const makesCredential = event.grant.kind === "lease" || event.grant.kind === "expiring";
  return updateSlot(state, slot.key, (known) => ({
    ...known,
    candidate: fresh,
    reads: NO_RETRY,
    verification: { ...NO_RETRY, sinceMs: state.time.steadyMs },
    issue: makesCredential ? paced(state, known, fresh, context) : known.issue,
  }));
}

export function readFailed(
  state: MachineState,
  key: string,
  failure: Failure,
  context: Context,
): MachineState {
  const session = state.sessions.at(-1);
  const failed = updateSlot(state, key, (slot) => ({
    ...slot,
    reads: afterFailure(state, slot.reads, failure, context),
  }));
  return failure.kind === "denied" && session ? suspectSession(failed, session.id) : failed;
}

export function leaseRenewed(
  state: MachineState,
  event: Extract<Event, { kind: "lease-renewed" }>,
  askedAtMs: number,
  context: Context,
): MachineState {
  return updateReading(state, event.serial, (reading) => renewedReading(reading, event, askedAtMs, context));
}

export function leaseRenewalFailed(
  state: MachineState,
  serial: number,
  failure: Failure,
  context: Context,
): MachineState {
  const maxMs = pauseLimitMs(state, context.settings);
  let sessionId: number | undefined;
  const failed = updateReading(state, serial, (reading) => {
    sessionId = reading.sessionId;
    const renewal = afterFailure(state, reading.renewal, failure, context, maxMs);
    switch (failure.kind) {
      case "gone":
        return { ...reading, gone: true };
      case "denied":
        return { ...reading, renewal, suspect: true };
      case "refused":
        return unrenewableReading(reading, context);
      case "failed":
      case "uncertain":
        // Still tried, but not relied on: the replacement comes in time.
        return {
          ...reading,
          renewal,
          replaceAtMs: replacementAfterFailure(reading, state.time.leaseMs, context),
        };
      case "unavailable":
        return reading;
    }
  });
  return failure.kind === "denied" && sessionId !== undefined ? suspectSession(failed, sessionId) : failed;
}

export function leaseChecked(state: MachineState, serial: number, context: Context): MachineState {
  return updateReading(state, serial, (reading) => checkedReading(reading, state.time.leaseMs, context));
}

export function leaseCheckFailed(
  state: MachineState,
  serial: number,
  failure: Failure,
  context: Context,
): MachineState {
  let sessionId: number | undefined;
  const failed = updateReading(state, serial, (reading) => {
    sessionId = reading.sessionId;
    switch (failure.kind) {
      case "gone":
        return { ...reading, gone: true };
      case "unavailable":
        return reading;
      default:
        return checkedReading(reading, state.time.leaseMs, context);
    }
  });
  return failure.kind === "denied" && sessionId !== undefined ? suspectSession(failed, sessionId) : failed;
}

export function verified(state: MachineState, key: string, serial: number): MachineState {
  return updateSlot(state, key, (slot) =>
    slot.candidate?.serial === serial ? { ...slot, candidate: { ...slot.candidate, verified: true } } : slot,
  );
}

/**
 * A login check failed. Only a login that PostgreSQL refuses is ever thrown away, and read anew (Vault may have
 * changed a static role's password once more): another one would do no better with a PostgreSQL that cannot be
 * reached.
 */
export function verificationFailed(
  state: MachineState,
  event: Extract<Event, { kind: "verification-failed" }>,
  context: Context,
): MachineState {
  const slot = state.slots.find((known) => known.key === event.key);
  const candidate = slot?.candidate;
  if (!slot || candidate?.serial !== event.serial) return state;
  const pastBound = state.time.steadyMs - slot.verification.sinceMs >= VERIFICATION_BOUND_MS;
  if (pastBound && slot.verify === "publish") return verified(state, slot.key, event.serial);
  if (pastBound && event.cause === "rejected") {
    const dropped = updateSlot(state, slot.key, (known) => ({ ...known, candidate: undefined }));
    return retire(dropped, candidate, state.time.steadyMs);
  }
  const failures = slot.verification.failures + 1;
  const bounds = { minMs: VERIFICATION_MIN_MS, maxMs: VERIFICATION_MAX_MS };
  const retryAtMs = state.time.steadyMs + backoffMs(failures, bounds, context.random);
  return updateSlot(state, slot.key, (known) => ({
    ...known,
    verification: { ...known.verification, failures, retryAtMs },
  }));
}
