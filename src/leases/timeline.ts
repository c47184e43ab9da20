/** One look at both clocks of the host. */
export interface Instant {
  /** Milliseconds of a clock that never jumps, but stands still while the host sleeps. */
  readonly monotonicMs: number;
  /** Milliseconds since 1970; jumps whenever somebody sets the clock. */
  readonly wallMs: number;
}

/**
 * Time as the agent counts it, in milliseconds since its first start. Neither clock alone will do: Vault's
 * leases go on ending while the host sleeps (the monotonic clock misses it), and a clock that is set must
 * not undo a pause. So there are two lines:
 * `leaseMs` is never behind the time that has really passed: a sleep or a forward jump of the wall clock
 * counts, a backward jump does not. Running ahead only makes the agent renew early.
 * `steadyMs` follows the monotonic clock: pauses, grace periods and limits are counted on it.
 */
export interface Timeline {
  readonly leaseMs: number;
  readonly steadyMs: number;
  readonly last: Instant;
  /** Wall minus monotonic clock, as last accepted. */
  readonly offsetMs: number;
}

/**
 * Whether something that ends at `endsAtMs` (lease time) is over even if the wall clock was set ahead while the agent
 * ran: `steadyMs` does not follow it.
 */
export function isSurelyOver({ steadyMs }: Timeline, endsAtMs: number | null): boolean {
  return endsAtMs !== null && endsAtMs <= steadyMs;
}

/** Differences between the clocks smaller than this are rounding and slewing, not a jump. */
const JUMP_MS = 1000;

export function startTimeline(instant: Instant): Timeline {
  return { leaseMs: 0, steadyMs: 0, last: instant, offsetMs: instant.wallMs - instant.monotonicMs };
}

/** Moves both lines to `instant`. */
export function advanceTimeline(timeline: Timeline, instant: Instant): Timeline {
  const passed = Math.max(0, instant.monotonicMs - timeline.last.monotonicMs);
  const offset = instant.wallMs - instant.monotonicMs;
  const jump = offset - timeline.offsetMs;
  const jumped = Math.abs(jump) >= JUMP_MS;
  return {
    leaseMs: timeline.leaseMs + passed + (jumped ? Math.max(0, jump) : 0),
    steadyMs: timeline.steadyMs + passed,
    last: instant,
    offsetMs: jumped ? offset : timeline.offsetMs,
  };
}

/**
 * Continues a saved timeline in a new process, whose monotonic clock may count from elsewhere: the wall
 * clock tells how long nobody ran. `trusted` is false when it says less than nothing; then nothing is known
 * of the time in between.
 */
export function resumeTimeline(
  saved: Timeline,
  instant: Instant,
): { readonly timeline: Timeline; readonly trusted: boolean } {
  const away = instant.wallMs - saved.last.wallMs;
  const passed = Math.max(0, away);
  return {
    timeline: {
      leaseMs: saved.leaseMs + passed,
      steadyMs: saved.steadyMs + passed,
      last: instant,
      offsetMs: instant.wallMs - instant.monotonicMs,
    },
    trusted: away >= 0,
  };
}
