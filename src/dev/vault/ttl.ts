import { formatSeconds } from "./durations.ts";
import { InternalFailure } from "./refusal.ts";

/** Vault's default and largest TTL of a mount that sets none: 768 hours. */
export const SYSTEM_TTL_SECONDS = 2_764_800;

/** What limits a lease or token. All in seconds; 0: not set. */
export interface TtlLimits {
  readonly ttl: number;
  readonly maxTtl: number;
  readonly period: number;
  readonly explicitMaxTtl: number;
}

export interface GrantedTtl {
  readonly seconds: number;
  readonly warnings: readonly string[];
}

/**
 * How long a lease or token may live from now on: what is asked for, else its own TTL, never past the
 * maximum counted from its start. Times are truncated to the second first, as Vault does.
 * @throws InternalFailure when the maximum has passed.
 */
export function grantTtl(
  limits: TtlLimits,
  incrementSeconds: number,
  startMilliseconds: number,
  nowMilliseconds: number,
): GrantedTtl {
  const start = Math.floor(startMilliseconds / 1000);
  const now = Math.floor(nowMilliseconds / 1000);
  const maximum = smallest(SYSTEM_TTL_SECONDS, limits.maxTtl, limits.explicitMaxTtl);
  const periodic = limits.period > 0;
  const asked = periodic ? Math.min(limits.period, maximum) : ordinaryTtl(limits, incrementSeconds);
  const warnings: string[] = [];
  if (limits.period > maximum) {
    const [period, cap] = [formatSeconds(limits.period), formatSeconds(maximum)];
    warnings.push(
      `period of "${period}" exceeded the effective max_ttl of "${cap}"; period value is capped accordingly`,
    );
  }
  const lifetime = periodic ? limits.explicitMaxTtl : maximum;
  if (lifetime === 0) return { seconds: asked, warnings };
  const left = start + lifetime - now;
  if (left <= 0) throw new InternalFailure("past the max TTL, cannot renew");
  if (asked <= left) return { seconds: asked, warnings };
  const [ttl, cap] = [formatSeconds(asked), formatSeconds(left)];
  warnings.push(
    `TTL of "${ttl}" exceeded the effective max_ttl of "${cap}"; TTL value is capped accordingly`,
  );
  return { seconds: left, warnings };
}

function ordinaryTtl(limits: TtlLimits, incrementSeconds: number): number {
  if (incrementSeconds > 0) return incrementSeconds;
  return limits.ttl > 0 ? limits.ttl : SYSTEM_TTL_SECONDS;
}

function smallest(...seconds: readonly number[]): number {
  return Math.min(...seconds.filter((value) => value > 0));
}
