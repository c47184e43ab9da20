export { REFUSALS_UNTIL_GIVING_UP } from "./agenda.ts";
export {
  type Action,
  type Event,
  type Failure,
  type FailureKind,
  operationAnsweredBy,
  operationOf,
  type PublishedReading,
} from "./event.ts";
export { resume, type Step, step } from "./machine.ts";
export type { Random } from "./schedule.ts";
export {
  currentSession,
  endOfReading,
  type Grant,
  initialState,
  isSettled,
  isUsable,
  type LeaseSettings,
  type MachineState,
  type Reading,
  readingsOf,
  type Session,
  type Slot,
  type SlotRequest,
} from "./state.ts";
export { type Instant, startTimeline } from "./timeline.ts";
