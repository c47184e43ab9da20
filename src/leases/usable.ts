import {
  currentSession,
  type LeaseSettings,
  type MachineState,
  type Reading,
  type Session,
} from "./state.ts";

/** Whether something can still be asked for with the token of a session. */
export function isSessionUsable(state: MachineState, session: Session | undefined): session is Session {
  if (!session || session.invalid) return false;
  return session.expiresAtMs === null || session.expiresAtMs > state.time.leaseMs;
}

/** Whether the token of a session can still be expected to work. */
export function isSessionAlive(state: MachineState, id: number): boolean {
  const session = state.sessions.find((candidate) => candidate.id === id);
  return session !== undefined && !session.invalid;
}

/**
 * When a reading ends: with its own lease, or with the token it hangs on. null: never, or not of itself (a
 * static role's password works until Vault has changed it, and Vault may be late).
 */
export function endOfReading(state: MachineState, reading: Reading): number | null {
  if (reading.kind === "rotated") return null;
  if (reading.leaseId === "") return reading.expiresAtMs;
  const session = state.sessions.find((candidate) => candidate.id === reading.sessionId);
  const ends = [reading.expiresAtMs, session?.expiresAtMs ?? null].filter((end) => end !== null);
  return ends.length === 0 ? null : Math.min(...ends);
}

/** Whether what a reading holds can still be expected to work. */
export function isUsable(state: MachineState, reading: Reading | undefined): boolean {
  if (!reading || reading.gone) return false;
  if (reading.leaseId !== "" && !isSessionAlive(state, reading.sessionId)) return false;
  const end = endOfReading(state, reading);
  return end === null || end > state.time.leaseMs;
}

/** Whether everything wanted is on disk and can be expected to work, the token among it where it is published. */
export function isReady(state: MachineState, { publishesToken }: LeaseSettings): boolean {
  const { phase, publishing, slots } = state;
  if (phase !== "running" || !publishing.once) return false;
  if (publishesToken && !isSessionUsable(state, currentSession(state))) return false;
  return slots.every((slot) => isUsable(state, slot.published));
}

/**
 * Whether everything wanted is on disk and works, and nothing is under way. The replacement of what works may
 * still wait for its login check.
 */
export function isSettled(state: MachineState): boolean {
  return (
    state.publishing.once &&
    !state.publishing.wanted &&
    state.inFlight.length === 0 &&
    state.slots.every((slot) => slot.candidate === undefined || isUsable(state, slot.published))
  );
}
