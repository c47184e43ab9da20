/** Time as the parts that wait see it; tests hand in one that they move. */
export interface Clock {
  /** The calendar's time, which certificates are measured by. */
  wall(): Date;
  /** Milliseconds that never go back, which waiting and leadership are measured by. */
  monotonic(): number;
  /** Resolves after the time, or as soon as the signal aborts; never rejects. */
  sleep(milliseconds: number, signal: AbortSignal): Promise<void>;
}
