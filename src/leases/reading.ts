import { type Random, renewalInstant, rotationInstant } from "./schedule.ts";
import { type Grant, type LeaseSettings, NO_RETRY, type Reading } from "./state.ts";

/** What scheduling needs besides the state. */
export interface Context {
  readonly settings: LeaseSettings;
  readonly random: Random;
}

/** A static role is read this long after its rotation was due, at the earliest. */
const AFTER_ROTATION_MS = 500;
/** Vault works its rotation queue off every few seconds, so a static role may change a little late. */
const OVERDUE_POLL_MS = 1000;
const OVERDUE_POLL_MAX_MS = 30_000;
const OVERDUE_POLLS = 10;

/** Life left by a grant: renewals to come, or none and a replacement in time. */
function lifeOf(
  life: { readonly issuedAtMs: number; readonly grantedAtMs: number; readonly durationMs: number },
  renewable: boolean,
  { settings, random }: Context,
): Pick<Reading, "expiresAtMs" | "renewAtMs" | "replaceAtMs"> {
  const expiresAtMs = life.grantedAtMs + life.durationMs;
  return renewable
    ? { expiresAtMs, renewAtMs: renewalInstant(life.grantedAtMs, life.durationMs, random), replaceAtMs: null }
    : {
        expiresAtMs,
        renewAtMs: null,
        replaceAtMs: rotationInstant({ ...life, expiresAtMs }, settings.graceMs, random),
      };
}

function nextRead(
  grant: Grant,
  nowMs: number,
  context: Context,
): Pick<Reading, "expiresAtMs" | "renewAtMs" | "replaceAtMs"> {
  const { settings, random } = context;
  switch (grant.kind) {
    case "lease":
    case "expiring": {
      const seconds = grant.kind === "lease" ? grant.durationSeconds : grant.lifetimeSeconds;
      // Vault's way of saying that something has no end.
      if (seconds <= 0) return { expiresAtMs: null, renewAtMs: null, replaceAtMs: null };
      const life = { issuedAtMs: nowMs, grantedAtMs: nowMs, durationMs: seconds * 1000 };
      return lifeOf(life, grant.kind === "lease" && grant.renewable, context);
    }
    case "static":
      return {
        expiresAtMs: null,
        renewAtMs: null,
        replaceAtMs: nowMs + settings.staticIntervalMs * (0.9 + 0.1 * random()),
      };
    case "rotated": {
      const rotatesAtMs = nowMs + grant.nextRotationSeconds * 1000;
      // Not later than any other secret without a lease: somebody may rotate it by hand.
      const byInterval = nowMs + settings.staticIntervalMs * (0.9 + 0.1 * random());
      const afterRotation = rotatesAtMs + AFTER_ROTATION_MS * (1 + random());
      return {
        expiresAtMs: rotatesAtMs,
        renewAtMs: null,
        replaceAtMs: Math.min(byInterval, afterRotation),
      };
    }
  }
}

/** The reading of a secret that was asked for at `nowMs` (lease time). */
export function newReading(
  read: {
    readonly serial: number;
    readonly sessionId: number;
    readonly grant: Grant;
    readonly verified: boolean;
  },
  nowMs: number,
  context: Context,
): Reading {
  const { grant } = read;
  return {
    serial: read.serial,
    kind: grant.kind,
    leaseId: grant.kind === "lease" ? grant.leaseId : "",
    sessionId: read.sessionId,
    issuedAtMs: nowMs,
    grantedAtMs: nowMs,
    durationSeconds:
      grant.kind === "lease" ? grant.durationSeconds : grant.kind === "expiring" ? grant.lifetimeSeconds : 0,
    ...nextRead(grant, nowMs, context),
    checkAtMs: nextCheck(grant.kind === "lease", nowMs, context),
    renewal: NO_RETRY,
    gone: false,
    suspect: false,
    verified: read.verified,
  };
}

function nextCheck(leased: boolean, nowMs: number, { settings, random }: Context): number | null {
  if (!leased || settings.verifyIntervalMs === 0) return null;
  return nowMs + settings.verifyIntervalMs * (0.9 + 0.1 * random());
}

/**
 * A renewed reading. Less granted than asked for means that max_ttl, or the token's own end, is near: that
 * is the last renewal, and the replacement is fetched in time.
 */
export function renewedReading(
  reading: Reading,
  granted: { readonly durationSeconds: number; readonly renewable: boolean },
  nowMs: number,
  context: Context,
): Reading {
  const whole = granted.renewable && granted.durationSeconds >= reading.durationSeconds;
  const life = {
    issuedAtMs: reading.issuedAtMs,
    grantedAtMs: nowMs,
    durationMs: granted.durationSeconds * 1000,
  };
  return {
    ...reading,
    grantedAtMs: nowMs,
    ...lifeOf(life, whole, context),
    checkAtMs: nextCheck(true, nowMs, context),
    renewal: NO_RETRY,
    suspect: false,
  };
}

/** A lease that still lives, as Vault says. */
export function checkedReading(reading: Reading, nowMs: number, context: Context): Reading {
  return { ...reading, checkAtMs: nextCheck(true, nowMs, context) };
}

/**
 * When to replace a lease whose renewal fails, though it may work the next time: half of what is left is
 * given to trying again.
 */
export function replacementAfterFailure(reading: Reading, nowMs: number, context: Context): number | null {
  const planned = reading.replaceAtMs ?? replacementInstant(reading, context);
  if (reading.replaceAtMs !== null || planned === null || reading.expiresAtMs === null) return planned;
  return Math.max(planned, (nowMs + reading.expiresAtMs) / 2);
}

/** When to replace a lease that is not renewable any more. */
function replacementInstant(reading: Reading, { settings, random }: Context): number | null {
  if (reading.expiresAtMs === null) return null;
  return rotationInstant({ ...reading, expiresAtMs: reading.expiresAtMs }, settings.graceMs, random);
}

/** A lease that can be used to its end, but not renewed. */
export function unrenewableReading(reading: Reading, context: Context): Reading {
  return {
    ...reading,
    renewAtMs: null,
    replaceAtMs: replacementInstant(reading, context),
    renewal: NO_RETRY,
    suspect: false,
  };
}

/**
 * Schedules the next read of a secret without a lease that was read again and had not changed. A static role
 * that should have changed is polled for a while: Vault may be late, and with a rotation schedule it has
 * been seen to start the new period before it changes the password.
 */
export function unchangedReading(
  reading: Reading,
  grant: Grant,
  polls: number,
  nowMs: number,
  context: Context,
): { readonly reading: Reading; readonly overdue: boolean } {
  const next = { ...reading, ...nextRead(grant, nowMs, context), grantedAtMs: nowMs };
  if (grant.kind !== "rotated" || reading.expiresAtMs === null) return { reading: next, overdue: false };
  const wasDue = reading.expiresAtMs <= nowMs;
  if (!wasDue || (polls >= OVERDUE_POLLS && grant.nextRotationSeconds > 0)) {
    return { reading: next, overdue: false };
  }
  const pause = Math.min(
    OVERDUE_POLL_MAX_MS,
    OVERDUE_POLL_MS * 2 ** Math.min(30, Math.max(0, polls - OVERDUE_POLLS)),
  );
  return {
    reading: { ...next, expiresAtMs: reading.expiresAtMs, replaceAtMs: nowMs + pause },
    overdue: true,
  };
}
