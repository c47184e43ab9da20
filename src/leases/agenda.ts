import { type AgendaItem, inVault } from "./agenda-item.ts";
import { endingItems, givingUpItems } from "./ending.ts";
import type { Action } from "./event.ts";
import {
  currentSession,
  type LeaseSettings,
  type MachineState,
  type Reading,
  readingsOf,
  type Session,
  type Slot,
} from "./state.ts";
import { isSessionAlive, isSessionUsable } from "./usable.ts";

/** A look at something takes Vault no time, and can be had again. */
const CHECK_TIMEOUT_MS = 10_000;

/** Asks whether Vault knows a token, or whether Vault is there at all: it makes nothing. */
export function checkToken(sessionId: number): Action {
  return { kind: "check-token", sessionId, timeoutMs: CHECK_TIMEOUT_MS };
}

/** Even when next to nothing is left, a renewal is given this long. */
const SHORTEST_TIMEOUT_MS = 1000;

/** A renewal may take a third of what is left: a Vault that swallows one call may well answer the next. */
function renewalTimeoutMs(state: MachineState, expiresAtMs: number | null): number {
  if (expiresAtMs === null) return Number.POSITIVE_INFINITY;
  return Math.max(SHORTEST_TIMEOUT_MS, (expiresAtMs - state.time.leaseMs) / 3);
}

/**
 * Whether the current token ends for good so soon that a lease read with it would be cut short. A token that
 * has hardly begun to live is as good as its successor would be.
 */
function endsTooSoon(state: MachineState, session: Session): boolean {
  if (session.expiresAtMs === null || session.renewAtMs !== null) return false;
  const whole = session.expiresAtMs - session.issuedAtMs;
  return session.expiresAtMs - state.time.leaseMs < whole / 2;
}

function leaseIsDue(state: MachineState, slot: Slot): boolean {
  const reading = slot.chosen;
  if (!reading) return true;
  if (reading.gone) return true;
  if (reading.leaseId !== "" && reading.sessionId !== currentSession(state)?.id) return true;
  return reading.replaceAtMs !== null && reading.replaceAtMs <= state.time.leaseMs;
}

/** Milliseconds until a slot is to be read; undefined: not foreseeable, or a reading is being verified. */
function readDueIn(state: MachineState, slot: Slot): number | undefined {
  if (slot.candidate) return undefined;
  const { leaseMs, steadyMs } = state.time;
  const pauses = Math.max(slot.reads.retryAtMs, slot.issue.nextAtMs) - steadyMs;
  if (leaseIsDue(state, slot)) return Math.max(0, pauses);
  const replaceAtMs = slot.chosen?.replaceAtMs;
  return typeof replaceAtMs === "number" ? Math.max(replaceAtMs - leaseMs, pauses) : undefined;
}

function sessionItems(state: MachineState, session: Session): AgendaItem[] {
  if (session.invalid) return [];
  const pause = session.renewal.retryAtMs - state.time.steadyMs;
  if (session.suspect) return [inVault(checkToken(session.id), pause)];
  if (session.renewAtMs === null) return [];
  const dueInMs = Math.max(session.renewAtMs - state.time.leaseMs, pause);
  const incrementSeconds = session.durationSeconds;
  const timeoutMs = renewalTimeoutMs(state, session.expiresAtMs);
  return [inVault({ kind: "renew-token", sessionId: session.id, incrementSeconds, timeoutMs }, dueInMs)];
}

/** Logging in: because nobody is, because the token ends for good, or because a lease would outlive it. */
function loginItems(state: MachineState): AgendaItem[] {
  const { leaseMs, steadyMs } = state.time;
  const session = currentSession(state);
  const sessionId = (session?.id ?? 0) + 1;
  const login = (dueInMs: number): AgendaItem[] => [
    inVault({ kind: "login", sessionId }, Math.max(dueInMs, state.login.retryAtMs - steadyMs)),
  ];
  if (!session || session.invalid) return login(0);
  const soon = endsTooSoon(state, session) && state.slots.some((slot) => wantsLease(state, slot));
  if (soon) return login(0);
  return session.replaceAtMs === null ? [] : login(session.replaceAtMs - leaseMs);
}

function wantsLease(state: MachineState, slot: Slot): boolean {
  const leased = slot.chosen === undefined || slot.chosen.leaseId !== "";
  const dueInMs = readDueIn(state, slot);
  return leased && dueInMs !== undefined && dueInMs <= 0;
}

function renewalItems(state: MachineState, reading: Reading): AgendaItem[] {
  const { leaseId, serial, sessionId } = reading;
  if (leaseId === "" || reading.gone || reading.suspect || !isSessionAlive(state, sessionId)) return [];
  const items: AgendaItem[] = [];
  if (reading.renewAtMs !== null) {
    const dueInMs = Math.max(
      reading.renewAtMs - state.time.leaseMs,
      reading.renewal.retryAtMs - state.time.steadyMs,
    );
    const incrementSeconds = reading.durationSeconds;
    const timeoutMs = renewalTimeoutMs(state, reading.expiresAtMs);
    const action = { kind: "renew-lease", serial, leaseId, sessionId, incrementSeconds, timeoutMs } as const;
    items.push(inVault(action, dueInMs));
  }
  if (reading.checkAtMs !== null) {
    const dueInMs = reading.checkAtMs - state.time.leaseMs;
    const timeoutMs = CHECK_TIMEOUT_MS;
    items.push(inVault({ kind: "check-lease", serial, leaseId, sessionId, timeoutMs }, dueInMs));
  }
  return items;
}

function readItems(state: MachineState): AgendaItem[] {
  const session = currentSession(state);
  if (!isSessionUsable(state, session)) return [];
  // A login that is about to happen is waited for; one that keeps failing is not.
  const waitsForLogin = endsTooSoon(state, session) && state.login.failures === 0;
  const items: AgendaItem[] = [];
  for (const slot of state.slots) {
    const dueInMs = readDueIn(state, slot);
    if (dueInMs === undefined || (waitsForLogin && wantsLease(state, slot))) continue;
    const action: Action = {
      kind: "read",
      key: slot.key,
      serial: state.nextSerial,
      sessionId: session.id,
    };
    items.push(inVault(action, dueInMs));
  }
  return items;
}

function verificationItems(state: MachineState): AgendaItem[] {
  return state.slots.flatMap((slot): AgendaItem[] => {
    if (!slot.candidate || slot.candidate.verified) return [];
    const action: Action = { kind: "verify", key: slot.key, serial: slot.candidate.serial };
    return [{ action, dueInMs: slot.verification.retryAtMs - state.time.steadyMs, vault: false }];
  });
}

function publicationItems(state: MachineState, settings: LeaseSettings): AgendaItem[] {
  const { publishing, slots, time } = state;
  if (!publishing.wanted) return [];
  // The first time, all or nothing: the app must not start with half of its secrets.
  const whole = slots.every((slot) => slot.chosen) && (!settings.publishesToken || currentSession(state));
  if (!publishing.once && !whole) return [];
  const readings = slots.flatMap(({ key, chosen }) => (chosen ? [{ key, serial: chosen.serial }] : []));
  return [
    {
      action: { kind: "publish", readings },
      dueInMs: publishing.retryAtMs - time.steadyMs,
      vault: false,
    },
  ];
}

/** Old leases once their grace is over, and old tokens once nothing hangs on them. */
function retirementItems(state: MachineState, settings: LeaseSettings): AgendaItem[] {
  const now = state.time.steadyMs;
  const items = state.retired.map(({ serial, leaseId, sessionId, revokeAtMs, revocation }) =>
    inVault(
      { kind: "revoke-lease", serial, leaseId, sessionId },
      Math.max(revokeAtMs, revocation.retryAtMs) - now,
    ),
  );
  // The file may still show the token before.
  const holdsTokens = !settings.ownsTokens || (settings.publishesToken && state.publishing.wanted);
  for (const session of holdsTokens ? [] : state.sessions) {
    if (session.revokeAtMs === null || session.invalid) continue;
    const holds = (lease: { readonly leaseId: string; readonly sessionId: number }): boolean =>
      lease.leaseId !== "" && lease.sessionId === session.id;
    if (state.retired.some(holds) || state.slots.some((slot) => readingsOf(slot).some(holds))) continue;
    const dueInMs = Math.max(session.revokeAtMs, session.revocation.retryAtMs) - now;
    items.push(inVault({ kind: "revoke-token", sessionId: session.id }, dueInMs));
  }
  return items;
}

/** Everything there is to do, now or later, the most pressing first. What is under way is in it as well. */
export function agenda(state: MachineState, settings: LeaseSettings): readonly AgendaItem[] {
  switch (state.phase) {
    case "ended":
      return [];
    case "ending":
      return endingItems(state, settings);
    case "running":
      return [
        ...givingUpItems(state, settings),
        ...publicationItems(state, settings),
        ...verificationItems(state),
        ...state.sessions.flatMap((session) => sessionItems(state, session)),
        ...loginItems(state),
        ...state.slots.flatMap((slot) => readingsOf(slot).flatMap((reading) => renewalItems(state, reading))),
        ...readItems(state),
        ...retirementItems(state, settings),
      ];
  }
}
