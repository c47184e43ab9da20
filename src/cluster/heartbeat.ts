import type { Clock } from "./clock.ts";

/** Tells a loop that is at work from one that hangs. */
export interface Heartbeat {
  /** To be called at every turn of the loop. */
  readonly beat: () => void;
  readonly isStuck: () => boolean;
}

/** A heartbeat that misses nothing for up to `limitMilliseconds`. */
export function heartbeat(clock: Clock, limitMilliseconds: number): Heartbeat {
  let last = clock.monotonic();
  return {
    beat: () => {
      last = clock.monotonic();
    },
    isStuck: () => clock.monotonic() - last > limitMilliseconds,
  };
}
