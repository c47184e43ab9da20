import type { VaultClock } from "./clock.ts";

/** What is to happen when, by key. A sealed or stopped Vault lets nothing happen until it is back. */
export interface Expirations {
  /** Replaces what was planned for `key`. `atMilliseconds` is a time of the clock. */
  plan(key: string, atMilliseconds: number, run: () => void): void;
  cancel(key: string): void;
  pause(): void;
  /** What fell due in between happens now. */
  resume(): void;
}

interface Planned {
  readonly at: number;
  readonly run: () => void;
  disarm: () => void;
}

export function createExpirations(clock: VaultClock): Expirations {
  const planned = new Map<string, Planned>();
  let paused = false;
  const arm = (key: string, entry: Planned): void => {
    entry.disarm = clock.after(Math.max(0, entry.at - clock.now()), () => {
      // The longest timer is shorter than the longest lease.
      if (clock.now() < entry.at) {
        arm(key, entry);
        return;
      }
      planned.delete(key);
      entry.run();
    });
  };
  const cancel = (key: string): void => {
    planned.get(key)?.disarm();
    planned.delete(key);
  };
  return {
    plan: (key, at, run) => {
      cancel(key);
      const entry: Planned = { at, run, disarm: () => undefined };
      planned.set(key, entry);
      if (!paused) arm(key, entry);
    },
    cancel,
    pause: () => {
      paused = true;
      for (const entry of planned.values()) entry.disarm();
    },
    resume: () => {
      if (!paused) return;
      paused = false;
      for (const [key, entry] of planned) arm(key, entry);
    },
  };
}
