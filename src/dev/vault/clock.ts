/** Time as the development Vault sees it; tests hand in their own. */
export interface VaultClock {
  /** Milliseconds since 1970. */
  now(): number;
  /** Calls back once after that many milliseconds; the result cancels it. */
  after(milliseconds: number, callback: () => void): () => void;
}

/** The longest delay `setTimeout` takes: 2^31 - 1 ms. */
const LONGEST_TIMER = 2_147_483_647;

/** The machine's clock. Its timers keep no process alive. */
export const systemClock: VaultClock = {
  now: Date.now,
  after: (milliseconds, callback) => {
    const timer = setTimeout(callback, Math.min(milliseconds, LONGEST_TIMER));
    timer.unref();
    return () => clearTimeout(timer);
  },
};
