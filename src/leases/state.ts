import { advanceTimeline, type Instant, type Timeline } from "./timeline.ts";

/** How the machine behaves; the same for the whole life of an agent. */
export interface LeaseSettings {
  readonly minBackoffMs: number;
  readonly maxBackoffMs: number;
  /** Secrets without a lease are read again this often. */
  readonly staticIntervalMs: number;
  /** Leases are looked up this often; 0: only renewals tell. */
  readonly verifyIntervalMs: number;
  /** An old lease outlives the publication of its replacement by this much. */
  readonly graceMs: number;
  /** Revoke leases and tokens at the end. */
  readonly revoke: boolean;
  readonly revokeTimeoutMs: number;
  /** The tokens are those of the agent's own logins; else somebody else's, and are not revoked. */
  readonly ownsTokens: boolean;
  /** Give up when nothing was published for this long after the start; 0: never. */
  readonly startTimeoutMs: number;
  /** Give up when Vault has refused something, with nothing usable in its place, a few times in a row. */
  readonly giveUpWhenRefused: boolean;
  /** The token itself is published too, so a new one is a reason to publish. */
  readonly publishesToken: boolean;
}

/** How what Vault gave out lives on. */
export type Grant =
  /** Ends with its lease; renewable within limits. */
  | {
      readonly kind: "lease";
      readonly leaseId: string;
      readonly durationSeconds: number;
      readonly renewable: boolean;
    }
  /** Ends by itself, with nothing to renew or revoke: a certificate. */
  | { readonly kind: "expiring"; readonly lifetimeSeconds: number }
  /** Vault changes it on its own clock: a static role's password. */
  | { readonly kind: "rotated"; readonly nextRotationSeconds: number }
  /** Changes when somebody changes it: a key-value secret. */
  | { readonly kind: "static" };

/** Failures in a row of one thing, and the steady time before which it is not tried again. */
export interface Retry {
  readonly failures: number;
  /** How many of the last failures in a row were refusals, which trying again will hardly mend. */
  readonly refusals: number;
  readonly retryAtMs: number;
}

export const NO_RETRY: Retry = { failures: 0, refusals: 0, retryAtMs: 0 };

/** One answer of Vault to the read of a secret. Its contents stay with the caller, filed under `serial`. */
export interface Reading {
  readonly serial: number;
  readonly kind: Grant["kind"];
  /** `""`: no lease. */
  readonly leaseId: string;
  /** The session whose token read it; its lease dies with that token. */
  readonly sessionId: number;
  readonly issuedAtMs: number;
  /** Of the last grant or renewal. */
  readonly grantedAtMs: number;
  /** What was first granted: every renewal asks for as much again. */
  readonly durationSeconds: number;
  /** null: has no end. Of a static role: when Vault changes its password. */
  readonly expiresAtMs: number | null;
  /** null: cannot be renewed any more. */
  readonly renewAtMs: number | null;
  /** When to read the secret again; null: not while renewals go on. */
  readonly replaceAtMs: number | null;
  /** When to look up whether the lease still lives; null: never. */
  readonly checkAtMs: number | null;
  readonly renewal: Retry;
  /** Vault does not know its lease any more. */
  readonly gone: boolean;
  /** Its renewal was forbidden; whether the token still lives is being found out. */
  readonly suspect: boolean;
  /** The login check passed, or none is wanted. */
  readonly verified: boolean;
}

/** What to do with a login that PostgreSQL keeps refusing: keep the old one, or publish it all the same. */
export type UnverifiedPolicy = "keep" | "publish";

/** One secret of the pod, however many files show it. */
export interface Slot {
  readonly key: string;
  /** undefined: its readings are published without a login check. */
  readonly verify: UnverifiedPolicy | undefined;
  /** Newest reading, not chosen yet: it waits for its login check or for a publication to finish. */
  readonly candidate: Reading | undefined;
  /** The reading that the next publication shows. */
  readonly chosen: Reading | undefined;
  /** The reading on disk. The same as `chosen` most of the time. */
  readonly published: Reading | undefined;
  readonly reads: Retry;
  readonly verification: Retry & { readonly sinceMs: number };
  /** Limits how often new credentials are made: how many in a row lived much shorter than they should have. */
  readonly issue: {
    readonly shortLived: number;
    readonly lastAtMs: number;
    readonly expectedLifeMs: number;
    readonly nextAtMs: number;
  };
}

/** One login. */
export interface Session {
  readonly id: number;
  readonly issuedAtMs: number;
  readonly grantedAtMs: number;
  readonly durationSeconds: number;
  /** null: the token does not expire. */
  readonly expiresAtMs: number | null;
  readonly renewAtMs: number | null;
  /** When to log in anew; null: not while renewals go on. */
  readonly replaceAtMs: number | null;
  readonly renewal: Retry;
  /** Something was forbidden; whether the token still lives is being found out. */
  readonly suspect: boolean;
  /** Vault does not know the token any more. */
  readonly invalid: boolean;
  /** Steady time from which it may be revoked; null: it is the current one. */
  readonly revokeAtMs: number | null;
  readonly revocation: Retry;
}

/** A lease that nothing shows any more, to be revoked at `revokeAtMs` (steady). */
export interface RetiredLease {
  readonly serial: number;
  readonly leaseId: string;
  readonly sessionId: number;
  readonly expiresAtMs: number | null;
  readonly revokeAtMs: number;
  readonly revocation: Retry;
}

/** Something under way. */
export interface Operation {
  readonly id: string;
  /** Lease time of its start: what Vault grants counts from some moment after it. */
  readonly startedAtMs: number;
}

export interface MachineState {
  readonly time: Timeline;
  readonly phase: "running" | "ending" | "ended";
  /** Steady time of the start of this process's work, and of the forced end. */
  readonly startedAtMs: number;
  readonly endByMs: number;
  /** Oldest first; the last is the current one. */
  readonly sessions: readonly Session[];
  readonly login: Retry;
  readonly slots: readonly Slot[];
  readonly retired: readonly RetiredLease[];
  /** Vault cannot be had at the moment; one thing at a time is tried until it answers. */
  readonly outage: Retry | undefined;
  readonly publishing: Retry & { readonly wanted: boolean; readonly once: boolean };
  readonly nextSerial: number;
  readonly inFlight: readonly Operation[];
}

/** One secret that files need. */
export interface SlotRequest {
  readonly key: string;
  readonly verify: UnverifiedPolicy | undefined;
}

export function emptySlot(request: SlotRequest): Slot {
  return {
    key: request.key,
    verify: request.verify,
    candidate: undefined,
    chosen: undefined,
    published: undefined,
    reads: NO_RETRY,
    verification: { ...NO_RETRY, sinceMs: 0 },
    issue: { shortLived: 0, lastAtMs: 0, expectedLifeMs: 0, nextAtMs: 0 },
  };
}

/** The state before anything was done. */
export function initialState(time: Timeline, slots: readonly SlotRequest[]): MachineState {
  return {
    time,
    phase: "running",
    startedAtMs: time.steadyMs,
    endByMs: 0,
    sessions: [],
    login: NO_RETRY,
    slots: slots.map(emptySlot),
    retired: [],
    outage: undefined,
    publishing: { ...NO_RETRY, wanted: true, once: false },
    nextSerial: 1,
    inFlight: [],
  };
}

/** The same state with the time of a later moment: what has ended since is not usable any more. */
export function stateAt(state: MachineState, instant: Instant): MachineState {
  return { ...state, time: advanceTimeline(state.time, instant) };
}

/** The login in use, if there is one. */
export function currentSession(state: MachineState): Session | undefined {
  return state.sessions.at(-1);
}

/** Every reading a slot holds, each once. */
export function readingsOf(slot: Slot): readonly Reading[] {
  const readings: Reading[] = [];
  for (const reading of [slot.published, slot.chosen, slot.candidate]) {
    if (reading && !readings.some((known) => known.serial === reading.serial)) readings.push(reading);
  }
  return readings;
}
