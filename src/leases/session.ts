import type { Failure } from "./event.ts";
import { afterFailure, pauseLimitMs } from "./outage.ts";
import { type Context, unrenewableReading } from "./reading.ts";
import { renewalInstant, rotationInstant } from "./schedule.ts";
import {
  currentSession,
  type MachineState,
  NO_RETRY,
  type Reading,
  type Session,
  type Slot,
} from "./state.ts";
import { isSurelyOver } from "./timeline.ts";

interface Granted {
  readonly ttlSeconds: number;
  readonly renewable: boolean;
}

type SessionLife = Pick<Session, "expiresAtMs" | "renewAtMs" | "replaceAtMs">;

/** What a login says with a time to live of 0. A renewal says so of a token that ends within the second. */
const WITHOUT_END: SessionLife = { expiresAtMs: null, renewAtMs: null, replaceAtMs: null };

function sessionLife(
  life: { readonly issuedAtMs: number; readonly grantedAtMs: number },
  granted: Granted,
  { settings, random }: Context,
): SessionLife {
  const lifeMs = granted.ttlSeconds * 1000;
  const expiresAtMs = life.grantedAtMs + lifeMs;
  return granted.renewable
    ? { expiresAtMs, renewAtMs: renewalInstant(life.grantedAtMs, lifeMs, random), replaceAtMs: null }
    : {
        expiresAtMs,
        renewAtMs: null,
        replaceAtMs: rotationInstant({ ...life, expiresAtMs }, settings.graceMs, random),
      };
}

function updateSession(state: MachineState, id: number, change: (session: Session) => Session): MachineState {
  return {
    ...state,
    sessions: state.sessions.map((session) => (session.id === id ? change(session) : session)),
  };
}

/** Even when next to nothing is left of a token, there is this much between two looks for another one. */
const SHORTEST_LOOK_MS = 1000;

/** A login brought a token that is there already: it may bring another one later, but before that one ends. */
function loggedInAgain(
  state: MachineState,
  login: Granted & { readonly sessionId: number },
  askedAtMs: number,
  context: Context,
): MachineState {
  const seen = updateSession(state, login.sessionId, (session) => {
    const issued = { issuedAtMs: session.issuedAtMs, grantedAtMs: askedAtMs };
    const endless = session.expiresAtMs === null && login.ttlSeconds <= 0;
    const life = endless ? WITHOUT_END : sessionLife(issued, login, context);
    return { ...session, grantedAtMs: askedAtMs, ...life, suspect: false, invalid: false };
  });
  const maxMs = Math.min(
    context.settings.maxBackoffMs,
    Math.max(SHORTEST_LOOK_MS, (login.ttlSeconds * 1000) / 4),
  );
  return { ...seen, login: afterFailure(state, state.login, { kind: "failed" }, context, maxMs) };
}

/** A login succeeded: it is the current one from here on, and what hangs on the one before moves over. */
export function loggedIn(
  state: MachineState,
  login: Granted & { readonly sessionId: number },
  askedAtMs: number,
  context: Context,
): MachineState {
  if (state.sessions.some(({ id }) => id === login.sessionId)) {
    return loggedInAgain(state, login, askedAtMs, context);
  }
  const session: Session = {
    id: login.sessionId,
    issuedAtMs: askedAtMs,
    grantedAtMs: askedAtMs,
    durationSeconds: login.ttlSeconds,
    ...(login.ttlSeconds > 0
      ? sessionLife({ issuedAtMs: askedAtMs, grantedAtMs: askedAtMs }, login, context)
      : WITHOUT_END),
    renewal: NO_RETRY,
    suspect: false,
    invalid: false,
    revokeAtMs: null,
    revocation: NO_RETRY,
  };
  const revokeAtMs = state.time.steadyMs + context.settings.graceMs;
  const replaced = state.sessions.map((old) => ({ ...old, revokeAtMs: old.revokeAtMs ?? revokeAtMs }));
  return {
    ...state,
    sessions: [...replaced, session],
    login: NO_RETRY,
    publishing: {
      ...state.publishing,
      wanted: state.publishing.wanted || context.settings.publishesToken,
    },
  };
}

export function loginFailed(state: MachineState, failure: Failure, context: Context): MachineState {
  return { ...state, login: afterFailure(state, state.login, failure, context) };
}

export function tokenRenewed(
  state: MachineState,
  renewal: Granted & { readonly sessionId: number },
  askedAtMs: number,
  context: Context,
): MachineState {
  return updateSession(state, renewal.sessionId, (session) => {
    const whole = renewal.renewable && renewal.ttlSeconds >= session.durationSeconds;
    const life = { issuedAtMs: session.issuedAtMs, grantedAtMs: askedAtMs };
    const granted = { ...renewal, renewable: whole };
    return {
      ...session,
      grantedAtMs: askedAtMs,
      ...sessionLife(life, granted, context),
      renewal: NO_RETRY,
      suspect: false,
    };
  });
}

/** A token that can be used to its end, but not renewed. */
function unrenewableSession(session: Session, { settings, random }: Context): Session {
  const { expiresAtMs } = session;
  const replaceAtMs =
    expiresAtMs === null ? null : rotationInstant({ ...session, expiresAtMs }, settings.graceMs, random);
  return { ...session, renewAtMs: null, replaceAtMs };
}

export function tokenRenewalFailed(
  state: MachineState,
  id: number,
  failure: Failure,
  context: Context,
): MachineState {
  return updateSession(state, id, (session) => {
    const ended = session.expiresAtMs !== null && session.expiresAtMs <= state.time.leaseMs;
    const maxMs = pauseLimitMs(state, context.settings);
    const renewal = afterFailure(state, session.renewal, failure, context, maxMs);
    switch (failure.kind) {
      case "denied":
      case "gone":
        return ended ? { ...session, invalid: true } : { ...session, renewal, suspect: true };
      case "refused":
        return unrenewableSession({ ...session, renewal }, context);
      case "failed":
      case "uncertain":
        // Still tried, but not relied on.
        return { ...unrenewableSession(session, context), renewAtMs: session.renewAtMs, renewal };
      case "unavailable":
        return session;
    }
  });
}

/** Vault knows the token: whatever was forbidden is forbidden by its policies. */
export function tokenChecked(state: MachineState, id: number, context: Context): MachineState {
  const cleared = updateSession(state, id, (session) => {
    const forbidden = session.suspect && session.renewal.failures > 0;
    const known = { ...session, suspect: false };
    return forbidden ? { ...unrenewableSession(known, context), renewal: NO_RETRY } : known;
  });
  const clear = (reading: Reading | undefined): Reading | undefined =>
    reading?.suspect && reading.sessionId === id ? unrenewableReading(reading, context) : reading;
  return {
    ...cleared,
    slots: cleared.slots.map(
      (slot): Slot => ({
        ...slot,
        candidate: clear(slot.candidate),
        chosen: clear(slot.chosen),
        published: clear(slot.published),
      }),
    ),
  };
}

export function tokenCheckFailed(
  state: MachineState,
  id: number,
  failure: Failure,
  context: Context,
): MachineState {
  return updateSession(state, id, (session) => {
    if (failure.kind === "unavailable") return session;
    const dead = failure.kind !== "failed" && failure.kind !== "uncertain";
    return dead
      ? { ...session, invalid: true }
      : { ...session, renewal: afterFailure(state, session.renewal, failure, context) };
  });
}

/** Something was forbidden to the token of a session: find out whether it still lives. */
export function suspectSession(state: MachineState, id: number): MachineState {
  return updateSession(state, id, (session) => ({ ...session, suspect: true }));
}

export function tokenRevoked(state: MachineState, id: number): MachineState {
  return { ...state, sessions: state.sessions.filter((session) => session.id !== id) };
}

/** A token that cannot be revoked is left to its TTL: nothing of ours uses it any more. */
export function tokenRevocationFailed(
  state: MachineState,
  id: number,
  failure: Failure,
  context: Context,
): MachineState {
  if (failure.kind === "denied" || failure.kind === "gone" || failure.kind === "refused") {
    return tokenRevoked(state, id);
  }
  return updateSession(state, id, (session) => ({
    ...session,
    revocation: afterFailure(state, session.revocation, { ...failure, kind: "failed" }, context),
  }));
}

/** Forgets the tokens that are dead, but for the current one: that it is dead is what its replacement waits for. */
export function forgetDeadSessions(state: MachineState): MachineState {
  const current = currentSession(state);
  const sessions = state.sessions.filter((session) => {
    const dead = session.invalid || isSurelyOver(state.time, session.expiresAtMs);
    return session === current || !dead;
  });
  return sessions.length === state.sessions.length ? state : { ...state, sessions };
}
