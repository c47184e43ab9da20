import type { Event, PublishedReading } from "./event.ts";
import type { Context } from "./reading.ts";
import { retire } from "./retirement.ts";
import { backoffMs } from "./schedule.ts";
import { updateSlot } from "./slot.ts";
import { emptySlot, type MachineState, NO_RETRY, readingsOf, type SlotRequest } from "./state.ts";
import { isUsable } from "./usable.ts";

const PUBLISH_MIN_MS = 250;
const PUBLISH_MAX_MS = 10_000;

/** Whether files are being written: the readings they show stay as they are until that ends. */
function isPublishing(state: MachineState): boolean {
  return state.inFlight.some((operation) => operation.id === "publish");
}

/** Chooses every candidate that has passed its login check, and drops those that ended before they did. */
export function chooseCandidates(state: MachineState, { settings }: Context): MachineState {
  if (isPublishing(state)) return state;
  let next = state;
  for (const slot of state.slots) {
    const { candidate, chosen, published } = slot;
    if (candidate && !isUsable(state, candidate)) {
      const dropped = updateSlot(next, slot.key, (known) => ({ ...known, candidate: undefined }));
      next = retire(dropped, candidate, state.time.steadyMs);
      continue;
    }
    if (!candidate?.verified) continue;
    next = updateSlot(next, slot.key, (known) => ({ ...known, chosen: candidate, candidate: undefined }));
    if (chosen && chosen.serial !== published?.serial) {
      // Not every file shows it, but some may.
      next = retire(next, chosen, state.time.steadyMs + settings.graceMs);
    }
    // At once, even in a pause after a failure: what files showed up to now is about to end.
    next = { ...next, publishing: { ...next.publishing, wanted: true, retryAtMs: state.time.steadyMs } };
  }
  return next;
}

function publishedOne(state: MachineState, shown: PublishedReading, context: Context): MachineState {
  const slot = state.slots.find((known) => known.key === shown.key);
  if (slot?.chosen?.serial !== shown.serial || slot.published?.serial === shown.serial) return state;
  const next = updateSlot(state, slot.key, (known) => ({ ...known, published: slot.chosen }));
  const revokeAtMs = state.time.steadyMs + context.settings.graceMs;
  return slot.published ? retire(next, slot.published, revokeAtMs) : next;
}

/** The grace of tokens that are to be revoked begins when the app can have the new one, should that have taken longer. */
function graceOfTokens(state: MachineState, { settings }: Context): MachineState {
  if (!settings.publishesToken || state.publishing.failures === 0) return state;
  const from = state.time.steadyMs + settings.graceMs;
  return {
    ...state,
    sessions: state.sessions.map((session) =>
      session.revokeAtMs === null ? session : { ...session, revokeAtMs: Math.max(session.revokeAtMs, from) },
    ),
  };
}

/** Files were written: what they showed before is retired, and outlives the change by the grace period. */
export function published(
  state: MachineState,
  event: Extract<Event, { kind: "published" }>,
  context: Context,
): MachineState {
  let next = state;
  for (const shown of event.readings) next = publishedOne(next, shown, context);
  if (event.complete) {
    const { wanted } = next.publishing;
    return { ...graceOfTokens(next, context), publishing: { ...NO_RETRY, wanted, once: true } };
  }
  const failures = next.publishing.failures + 1;
  const pause = backoffMs(failures, { minMs: PUBLISH_MIN_MS, maxMs: PUBLISH_MAX_MS }, context.random);
  return {
    ...next,
    publishing: {
      wanted: true,
      once: next.publishing.once,
      failures,
      refusals: event.hopeless ? next.publishing.refusals + 1 : 0,
      retryAtMs: next.time.steadyMs + pause,
    },
  };
}

/** The secrets that the files need, as rendering them showed: new ones are read, others let go. */
export function dependenciesFound(
  state: MachineState,
  wanted: readonly SlotRequest[],
  context: Context,
): MachineState {
  const kept = state.slots.filter((slot) => wanted.some((request) => request.key === slot.key));
  const added = wanted.filter((request) => !state.slots.some((slot) => slot.key === request.key));
  if (added.length === 0 && kept.length === state.slots.length) return state;
  let next: MachineState = { ...state, slots: [...kept, ...added.map(emptySlot)] };
  const revokeAtMs = state.time.steadyMs + context.settings.graceMs;
  for (const slot of state.slots) {
    if (kept.includes(slot)) continue;
    for (const reading of readingsOf(slot)) next = retire(next, reading, revokeAtMs);
  }
  return next;
}
