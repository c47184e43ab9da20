export { REFUSALS_UNTIL_GIVING_UP } from "./agenda.ts";
export type { Action, Event, Failure, FailureKind, PublishedReading } from "./event.ts";
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
