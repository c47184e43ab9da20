import type { Clock } from "./clock.ts";

/** The pauses of a loop, which something that happens can cut short. */
export interface Alarm {
  /** Ends the pause under way, or else the next one before it begins: what happens during a turn is not lost. */
  readonly ring: () => void;
  /** Resolves after the time, when the alarm rings, or as soon as the signal aborts; never rejects. */
  readonly sleep: (milliseconds: number, signal: AbortSignal) => Promise<void>;
}

/** An alarm for one loop. */
export function alarm(clock: Clock): Alarm {
  let pause = new AbortController();
  return {
    ring: () => pause.abort(),
    async sleep(milliseconds, signal) {
      const end = (): void => pause.abort();
      if (signal.aborted) end();
      else signal.addEventListener("abort", end, { once: true });
      await clock.sleep(milliseconds, pause.signal);
      signal.removeEventListener("abort", end);
      pause = new AbortController();
    },
  };
}
