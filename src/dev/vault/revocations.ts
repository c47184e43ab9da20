import type { VaultClock } from "./clock.ts";
import type { Expirations } from "./expirations.ts";

/** Something that has to be told to its origin when it ends, and again when that fails. */
export interface Revocable {
  readonly id: string;
  revocationAttempts: number;
  irrevocable: boolean;
}

/** Ends things, one revocation of each at a time. */
export interface Revocations<Entry extends Revocable> {
  /** Waits for the origin; who comes second waits for the first. @throws what the origin throws. */
  now(entry: Entry): Promise<void>;
  /** Waits for nobody: a failure is tried again later, and at last given up. */
  eventually(entry: Entry): void;
  /** Resolves when none is under way. */
  settled(): Promise<void>;
}

/** Vault gives up on a lease after six attempts, ten seconds and more apart, doubling. */
const MAX_ATTEMPTS = 6;
const RETRY_MILLISECONDS = 10_000;

/** @param end Tells the origin and forgets the entry. */
export function createRevocations<Entry extends Revocable>(
  clock: VaultClock,
  expirations: Expirations,
  end: (entry: Entry) => Promise<void>,
): Revocations<Entry> {
  const underWay = new Map<string, Promise<void>>();
  const now = (entry: Entry): Promise<void> => {
    const running = underWay.get(entry.id);
    if (running !== undefined) return running;
    const started = end(entry).finally(() => underWay.delete(entry.id));
    underWay.set(entry.id, started);
    return started;
  };
  const eventually = (entry: Entry): void => {
    now(entry).catch(() => {
      entry.revocationAttempts += 1;
      if (entry.revocationAttempts >= MAX_ATTEMPTS) {
        entry.irrevocable = true;
        return;
      }
      const wait = RETRY_MILLISECONDS * 2 ** entry.revocationAttempts;
      expirations.plan(`lease/${entry.id}`, clock.now() + wait, () => eventually(entry));
    });
  };
  return {
    now,
    eventually,
    settled: async () => {
      while (underWay.size > 0) await Promise.allSettled([...underWay.values()]);
    },
  };
}
