import { agenda, checkToken } from "./agenda.ts";
import type { AgendaItem } from "./agenda-item.ts";
import { type Action, type Event, type Failure, operationAnsweredBy, operationOf } from "./event.ts";
import { noteAnswer, noteFailure } from "./outage.ts";
import { chooseCandidates, dependenciesFound, published } from "./publication.ts";
import type { Context } from "./reading.ts";
import { forgetEndedLeases, leaseRevocationFailed, leaseRevoked, retire } from "./retirement.ts";
import type { Random } from "./schedule.ts";
import {
  forgetDeadSessions,
  loggedIn,
  loginFailed,
  tokenChecked,
  tokenCheckFailed,
  tokenRenewalFailed,
  tokenRenewed,
  tokenRevocationFailed,
  tokenRevoked,
} from "./session.ts";
import {
  leaseChecked,
  leaseCheckFailed,
  leaseRenewalFailed,
  leaseRenewed,
  readFailed,
  secretRead,
  verificationFailed,
  verified,
} from "./slot.ts";
import {
  type LeaseSettings,
  type MachineState,
  NO_RETRY,
  type Reading,
  readingsOf,
  stateAt,
} from "./state.ts";
import { type Instant, resumeTimeline } from "./timeline.ts";

/** What one step came to. */
export interface Step {
  readonly state: MachineState;
  /** To be started now, in this order; they may run at the same time. */
  readonly actions: readonly Action[];
  /** When to call again, should nothing happen before; null: nothing is planned. */
  readonly wakeInMs: number | null;
}

function failureOf(event: Event): Failure | undefined {
  return "failure" in event ? event.failure : undefined;
}

/** Events that show that Vault answers. */
const ANSWERS: ReadonlySet<Event["kind"]> = new Set([
  "logged-in",
  "token-renewed",
  "token-checked",
  "token-revoked",
  "secret-read",
  "lease-renewed",
  "lease-checked",
  "lease-revoked",
]);

function noteVault(state: MachineState, event: Event, context: Context): MachineState {
  const failure = failureOf(event);
  if (failure) return noteFailure(state, failure, context);
  return ANSWERS.has(event.kind) ? noteAnswer(state) : state;
}

function shutDown(state: MachineState, settings: LeaseSettings): MachineState {
  if (state.phase !== "running") return state;
  const ending: MachineState = {
    ...state,
    phase: "ending",
    endByMs: state.time.steadyMs + settings.revokeTimeoutMs,
    slots: [],
  };
  if (!settings.revoke) return { ...ending, endByMs: state.time.steadyMs, retired: [], sessions: [] };
  let next: MachineState = {
    ...ending,
    retired: state.retired.map((lease) => ({ ...lease, revocation: NO_RETRY })),
  };
  for (const slot of state.slots) {
    for (const reading of readingsOf(slot)) next = retire(next, reading, state.time.steadyMs);
  }
  return { ...next, sessions: next.sessions.filter((session) => !session.invalid) };
}

function apply(state: MachineState, event: Event, askedAtMs: number, context: Context): MachineState {
  switch (event.kind) {
    case "tick":
      return state;
    case "shutdown":
      return shutDown(state, context.settings);
    case "logged-in":
      return loggedIn(state, event, askedAtMs, context);
    case "login-failed":
      return loginFailed(state, event.failure, context);
    case "token-renewed":
      return tokenRenewed(state, event, askedAtMs, context);
    case "token-renewal-failed":
      return tokenRenewalFailed(state, event.sessionId, event.failure, context);
    case "token-checked":
      return tokenChecked(state, event.sessionId, context);
    case "token-check-failed":
      return tokenCheckFailed(state, event.sessionId, event.failure, context);
    case "token-revoked":
      return tokenRevoked(state, event.sessionId);
    case "token-revocation-failed":
      return tokenRevocationFailed(state, event.sessionId, event.failure, context);
    case "secret-read":
      return secretRead(state, event, askedAtMs, context);
    case "read-failed":
      return readFailed(state, event.key, event.failure, context);
    case "lease-renewed":
      return leaseRenewed(state, event, askedAtMs, context);
    case "lease-renewal-failed":
      return leaseRenewalFailed(state, event.serial, event.failure, context);
    case "lease-checked":
      return leaseChecked(state, event.serial, context);
    case "lease-check-failed":
      return leaseCheckFailed(state, event.serial, event.failure, context);
    case "lease-revoked":
      return leaseRevoked(state, event.serial);
    case "lease-revocation-failed":
      return leaseRevocationFailed(state, event.serial, event.failure, context);
    case "verified":
      return verified(state, event.key, event.serial);
    case "verification-failed":
      return verificationFailed(state, event, context);
    case "dependencies":
      return dependenciesFound(state, event.slots, context);
    case "published":
      return published(state, event, context);
  }
}

/** Marks an action as under way. */
function start(state: MachineState, action: Action): MachineState {
  const operation = { id: operationOf(action), startedAtMs: state.time.leaseMs };
  const next = { ...state, inFlight: [...state.inFlight, operation] };
  switch (action.kind) {
    case "read":
      return { ...next, nextSerial: state.nextSerial + 1 };
    case "publish":
      return { ...next, publishing: { ...state.publishing, wanted: false } };
    case "exit":
    case "give-up":
      return { ...next, phase: "ended" };
    default:
      return next;
  }
}

/** While Vault is away one thing at a time is tried, and only after the pause. */
function maySpeakToVault(state: MachineState, vaultCalls: number): boolean {
  if (!state.outage) return true;
  return vaultCalls === 0 && state.outage.retryAtMs <= state.time.steadyMs;
}

/**
 * What is really done for an item. While Vault is away a read does not serve to find out whether it is back: a
 * read whose answer gets lost may have made a credential, a look at the token makes nothing.
 */
function actionFor(item: AgendaItem, state: MachineState): Action {
  const { action } = item;
  if (action.kind !== "read") return action;
  return state.outage ? checkToken(action.sessionId) : { ...action, serial: state.nextSerial };
}

const VAULT_OPERATION = /^(login$|read:|renew-|check-|revoke-)/;

function decide(state: MachineState, settings: LeaseSettings): Step {
  const actions: Action[] = [];
  let wakeInMs = Number.POSITIVE_INFINITY;
  let vaultCalls = state.inFlight.filter(({ id }) => VAULT_OPERATION.test(id)).length;
  const outageMs = state.outage ? state.outage.retryAtMs - state.time.steadyMs : 0;
  let next = state;
  for (const item of agenda(state, settings)) {
    const action = actionFor(item, next);
    const id = operationOf(action);
    if (next.phase === "ended" || next.inFlight.some((operation) => operation.id === id)) continue;
    const due = item.dueInMs <= 0;
    if (!due || (item.vault && !maySpeakToVault(state, vaultCalls))) {
      const waitMs = item.vault ? Math.max(item.dueInMs, outageMs) : item.dueInMs;
      // What waits for another call only is looked at again when that call ends.
      if (waitMs > 0) wakeInMs = Math.min(wakeInMs, waitMs);
      continue;
    }
    next = start(next, action);
    actions.push(action);
    if (item.vault) vaultCalls++;
  }
  return { state: next, actions, wakeInMs: Number.isFinite(wakeInMs) ? wakeInMs : null };
}

/**
 * One step of the machine: something happened (or nothing, `tick`) at `instant`; what now? Pure: everything
 * it depends on comes in, and the caller does what it asks for.
 */
export function step(
  state: MachineState,
  event: Event,
  instant: Instant,
  random: Random,
  settings: LeaseSettings,
): Step {
  const context: Context = { settings, random };
  const timed = stateAt(state, instant);
  const answered = operationAnsweredBy(event);
  const operation = state.inFlight.find(({ id }) => id === answered);
  const askedAtMs = operation?.startedAtMs ?? timed.time.leaseMs;
  const settled = { ...timed, inFlight: timed.inFlight.filter(({ id }) => id !== answered) };
  const noted = noteVault(settled, event, context);
  const applied = apply(noted, event, askedAtMs, context);
  const tidied = forgetEndedLeases(forgetDeadSessions(chooseCandidates(applied, context)));
  return decide(tidied, settings);
}

/**
 * Goes on from a saved state in a new process. Nothing is under way any more; what was on disk is written
 * again if it should differ; and when the clock went backwards in between, everything is renewed at once.
 */
export function resume(saved: MachineState, instant: Instant): MachineState {
  const { timeline, trusted } = resumeTimeline(saved.time, instant);
  const soon = (at: number | null): number | null => (at === null || trusted ? at : timeline.leaseMs);
  const neverShown = !saved.publishing.once;
  return {
    ...saved,
    time: timeline,
    startedAtMs: timeline.steadyMs,
    inFlight: [],
    outage: undefined,
    login: NO_RETRY,
    publishing: { ...NO_RETRY, wanted: true, once: saved.publishing.once },
    sessions: saved.sessions.map((session) => ({ ...session, renewAtMs: soon(session.renewAtMs) })),
    slots: saved.slots.map((slot) => {
      const again = (reading: Reading): Reading => ({
        ...reading,
        renewAtMs: soon(reading.renewAtMs),
        // What kept it from being shown may have been mended in Vault.
        replaceAtMs: neverShown && reading.kind === "static" ? timeline.leaseMs : reading.replaceAtMs,
      });
      return {
        ...slot,
        reads: NO_RETRY,
        candidate: slot.candidate && again(slot.candidate),
        chosen: slot.chosen && again(slot.chosen),
        published: slot.published && again(slot.published),
      };
    }),
  };
}
