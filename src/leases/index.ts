export { REFUSALS_UNTIL_GIVING_UP } from "./ending.ts";
export {
  type Action,
  type Event,
  type Failure,
  type FailureKind,
  failureEvent,
  operationAnsweredBy,
  operationOf,
  type PublishedReading,
  type VaultAction,
} from "./event.ts";
export { resume, type Step, step } from "./machine.ts";
export type { Random } from "./schedule.ts";
export {
  currentSession,
  type Grant,
  initialState,
  type LeaseSettings,
  type MachineState,
  type Reading,
  readingsOf,
  type Session,
  type Slot,
  type SlotRequest,
  stateAt,
} from "./state.ts";
export { type Instant, startTimeline } from "./timeline.ts";
export { endOfReading, isReady, isSessionUsable, isSettled, isUsable } from "./usable.ts";
