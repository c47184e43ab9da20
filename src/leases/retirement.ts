import type { Failure } from "./event.ts";
import { afterFailure } from "./outage.ts";
import type { Context } from "./reading.ts";
import { type MachineState, NO_RETRY, type Reading, type RetiredLease } from "./state.ts";
import { isSurelyOver } from "./timeline.ts";
import { isSessionAlive } from "./usable.ts";

/** Puts a lease that nothing shows any more on the list of those to be revoked at `revokeAtMs` (steady). */
export function retire(state: MachineState, reading: Reading, revokeAtMs: number): MachineState {
  if (reading.leaseId === "" || reading.gone) return state;
  const lease: RetiredLease = {
    serial: reading.serial,
    leaseId: reading.leaseId,
    sessionId: reading.sessionId,
    expiresAtMs: reading.expiresAtMs,
    revokeAtMs,
    revocation: NO_RETRY,
  };
  return { ...state, retired: [...state.retired, lease] };
}

export function leaseRevoked(state: MachineState, serial: number): MachineState {
  return { ...state, retired: state.retired.filter((lease) => lease.serial !== serial) };
}

/** A lease that may not be revoked is left to its TTL, or to the end of its token. */
export function leaseRevocationFailed(
  state: MachineState,
  serial: number,
  failure: Failure,
  context: Context,
): MachineState {
  if (failure.kind === "denied" || failure.kind === "gone" || failure.kind === "refused") {
    return leaseRevoked(state, serial);
  }
  return {
    ...state,
    retired: state.retired.map((lease) =>
      lease.serial === serial
        ? {
            ...lease,
            revocation: afterFailure(state, lease.revocation, { ...failure, kind: "failed" }, context),
          }
        : lease,
    ),
  };
}

/** Forgets retired leases that have ended by themselves or with their token. */
export function forgetEndedLeases(state: MachineState): MachineState {
  const retired = state.retired.filter(
    ({ sessionId, expiresAtMs }) =>
      isSessionAlive(state, sessionId) && !isSurelyOver(state.time, expiresAtMs),
  );
  return retired.length === state.retired.length ? state : { ...state, retired };
}
