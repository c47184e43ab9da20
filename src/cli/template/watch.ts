import type { Fetched, FetchResponse } from "../../templates/index.ts";

/** The part of an answer that tells how long it holds. */
export interface LeasedResponse extends FetchResponse {
  readonly leaseId: string;
  /** Seconds. */
  readonly leaseDurationSeconds: number;
}

/** A leased secret is read again when so much of its lease has gone by. */
const LEASE_SHARE = 0.9;

/**
 * Seconds until what was read should be read again: before the first lease ends, and at least every
 * `intervalSeconds`, for what has no lease.
 */
export function secondsUntilNextRead(
  fetched: readonly Fetched<LeasedResponse>[],
  intervalSeconds: number,
): number {
  const leases = fetched.flatMap(({ response }) => {
    const isLeased = response !== undefined && response.leaseId !== "" && response.leaseDurationSeconds > 0;
    return isLeased ? [response.leaseDurationSeconds * LEASE_SHARE] : [];
  });
  return Math.max(1, Math.min(intervalSeconds, ...leases));
}
