import type { AgendaItem } from "./agenda-item.ts";
import type { Action } from "./event.ts";
import { currentSession, type LeaseSettings, type MachineState } from "./state.ts";
import { isSessionUsable, isUsable } from "./usable.ts";

/** Refusals in a row of one thing, with nothing usable in its place, that end the agent if it is to end at all. */
export const REFUSALS_UNTIL_GIVING_UP = 5;

/** Giving up: too long without a first publication, or refused with nothing left that works of what the app uses. */
export function givingUpItems(state: MachineState, settings: LeaseSettings): AgendaItem[] {
  const items: AgendaItem[] = [];
  if (!state.publishing.once && settings.startTimeoutMs > 0) {
    const dueInMs = state.startedAtMs + settings.startTimeoutMs - state.time.steadyMs;
    items.push({ action: { kind: "give-up", reason: "start-timeout" }, dueInMs, vault: false });
  }
  const shownWorks = state.publishing.once && state.slots.some((slot) => isUsable(state, slot.published));
  if (!settings.giveUpWhenRefused || shownWorks) return items;
  const enough = (retry: { readonly refusals: number }): boolean =>
    retry.refusals >= REFUSALS_UNTIL_GIVING_UP;
  const loginRefused = enough(state.login) && !isSessionUsable(state, currentSession(state));
  const readRefused = state.slots.some((slot) => enough(slot.reads) && !isUsable(state, slot.published));
  const publicationRefused = enough(state.publishing) && !state.publishing.once;
  if (loginRefused || readRefused || publicationRefused) {
    items.push({ action: { kind: "give-up", reason: "refused" }, dueInMs: 0, vault: false });
  }
  return items;
}

/** At the end: leases first, then tokens, then out; and out in any case when the time is up. */
export function endingItems(state: MachineState, settings: LeaseSettings): AgendaItem[] {
  const now = state.time.steadyMs;
  const exit: Action = { kind: "exit" };
  const sessions = settings.ownsTokens ? state.sessions : [];
  if (state.retired.length === 0 && sessions.length === 0 && state.inFlight.length === 0) {
    return [{ action: exit, dueInMs: 0, vault: false }];
  }
  const items: AgendaItem[] = state.retired.map(({ serial, leaseId, sessionId, revocation }) => ({
    action: { kind: "revoke-lease", serial, leaseId, sessionId },
    dueInMs: revocation.retryAtMs - now,
    vault: false,
  }));
  // A read or login still under way may bring something more to revoke; but not for ever.
  const busy = state.inFlight.some(({ id }) => id === "login" || id.startsWith("read:"));
  const halfTimeInMs = state.endByMs - settings.revokeTimeoutMs / 2 - now;
  const waitMs = busy || state.retired.length > 0 ? halfTimeInMs : 0;
  for (const session of sessions) {
    const dueInMs = Math.max(waitMs, session.revocation.retryAtMs - now);
    items.push({ action: { kind: "revoke-token", sessionId: session.id }, dueInMs, vault: false });
  }
  return [...items, { action: exit, dueInMs: state.endByMs - now, vault: false }];
}
