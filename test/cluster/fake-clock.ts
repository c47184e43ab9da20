import { setImmediate } from "node:timers/promises";
import type { Clock } from "../../src/cluster/clock.ts";

interface Sleeper {
  readonly wakesAt: number;
  readonly wake: () => void;
}

/** A clock that stands still until it is moved, and then wakes sleepers one by one, each at its time. */
export class FakeClock implements Clock {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(start = "2026-01-01T00:00:00Z") {
    this.#now = Date.parse(start);
  }

  wall(): Date {
    return new Date(this.#now);
  }

  monotonic(): number {
    return this.#now;
  }

  sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal.removeEventListener("abort", wake);
        resolve();
      };
      const sleeper: Sleeper = { wakesAt: this.#now + milliseconds, wake };
      this.#sleepers.add(sleeper);
      if (signal.aborted) wake();
      else signal.addEventListener("abort", wake, { once: true });
    });
  }

  /** Waits, in real time, until this many loops sleep: everything they had to do is done. */
  async asleep(loops: number): Promise<void> {
    while (this.#sleepers.size < loops) await setImmediate();
  }

  /** Moves time on while this many loops run, waking each whenever its time comes. */
  async advance(milliseconds: number, loops: number): Promise<void> {
    const end = this.#now + milliseconds;
    for (;;) {
      await this.asleep(loops);
      const [next] = [...this.#sleepers].sort((one, other) => one.wakesAt - other.wakesAt);
      if (!next || next.wakesAt > end) break;
      this.#now = Math.max(this.#now, next.wakesAt);
      next.wake();
    }
    this.#now = end;
  }
}
