/** What waiting needs of the world. */
export interface ReadyWait {
  /** Whether the agent of this container has everything published and working. */
  readonly isReady: () => boolean;
  /** Give up after this long; 0: never. */
  readonly timeoutSeconds: number;
  /** Milliseconds that never go back. */
  readonly now: () => number;
  readonly pause: (milliseconds: number) => Promise<void>;
  readonly signal: AbortSignal;
}

/** Between two looks at the state directory: when all is well the agent needs some fifty milliseconds. */
const PAUSE_MS = 5;
const LATER_PAUSE_MS = 100;
const SOON_MS = 2000;

/** Resolves when the agent is ready (true), or when the time is over or the signal aborts (false). */
export async function waitUntilReady(wait: ReadyWait): Promise<boolean> {
  const start = wait.now();
  while (!wait.isReady()) {
    const waited = wait.now() - start;
    const over = wait.timeoutSeconds > 0 && waited >= wait.timeoutSeconds * 1000;
    if (over || wait.signal.aborted) return false;
    await wait.pause(waited < SOON_MS ? PAUSE_MS : LATER_PAUSE_MS);
  }
  return true;
}
