/** A number in [0, 1). */
export type Random = () => number;

/** Renewals fall evenly into this part of a lease's life: two thirds, give or take a tenth of it. */
const RENEWAL_EARLIEST = 0.6;
const RENEWAL_SPREAD = 2 / 15;
/** Time to read, verify and publish a replacement, beside the grace period. */
const ROTATION_MARGIN_MS = 10_000;
/** No pause is shorter than this part of its upper bound, or full jitter would now and then not pause at all. */
const BACKOFF_FLOOR = 0.1;

/** When to renew what was granted at `grantedAtMs` for `lifeMs`: at about two thirds of it, never in step. */
export function renewalInstant(grantedAtMs: number, lifeMs: number, random: Random): number {
  return grantedAtMs + lifeMs * (RENEWAL_EARLIEST + RENEWAL_SPREAD * random());
}

/**
 * When to fetch the replacement of something that ends for good at `expiresAtMs`: early enough that the app
 * has the grace period to move over, not earlier than half its life (or short lives would be replaced
 * without end), and a little spread so that pods started together do not rotate together.
 */
export function rotationInstant(
  life: { readonly issuedAtMs: number; readonly grantedAtMs: number; readonly expiresAtMs: number },
  graceMs: number,
  random: Random,
): number {
  const granted = life.expiresAtMs - life.grantedAtMs;
  const whole = life.expiresAtMs - life.issuedAtMs;
  const overlap = Math.min(Math.max(granted / 3, graceMs + ROTATION_MARGIN_MS), whole / 2);
  return life.expiresAtMs - overlap * (1 - 0.1 * random());
}

/**
 * Pause after the `failures`-th failure in a row: exponential, capped, full jitter ("Exponential Backoff And
 * Jitter", AWS Architecture Blog), so that clients that failed together do not come back together.
 */
export function backoffMs(
  failures: number,
  bounds: { readonly minMs: number; readonly maxMs: number },
  random: Random,
): number {
  const ceiling = Math.min(bounds.maxMs, bounds.minMs * 2 ** Math.min(failures - 1, 30));
  return ceiling * (BACKOFF_FLOOR + (1 - BACKOFF_FLOOR) * random());
}
