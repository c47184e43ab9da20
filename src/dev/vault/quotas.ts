import type { VaultClock } from "./clock.ts";
import { VaultRefusal } from "./refusal.ts";

/** `sys/quotas/rate-limit/NAME`: so many requests below a path in so many seconds. */
export interface RateLimit {
  /** Prefix of request paths; `""`: all of them. */
  readonly path: string;
  readonly rate: number;
  readonly intervalSeconds: number;
}

export interface Quotas {
  readonly limits: ReadonlyMap<string, RateLimit>;
  set(name: string, limit: RateLimit): void;
  remove(name: string): void;
  /** Counts a request. @throws VaultRefusal 429 when it is one too many. */
  count(path: string): void;
}

export function createQuotas(clock: VaultClock): Quotas {
  const limits = new Map<string, RateLimit>();
  const windows = new Map<string, { startedAt: number; requests: number }>();
  const window = (name: string, intervalSeconds: number) => {
    const current = windows.get(name);
    if (current !== undefined && clock.now() < current.startedAt + intervalSeconds * 1000) return current;
    const fresh = { startedAt: clock.now(), requests: 0 };
    windows.set(name, fresh);
    return fresh;
  };
  return {
    limits,
    set: (name, limit) => {
      limits.set(name, limit);
      windows.delete(name);
    },
    remove: (name) => {
      limits.delete(name);
    },
    count: (path) => {
      for (const [name, limit] of limits) {
        if (!path.startsWith(limit.path)) continue;
        const current = window(name, limit.intervalSeconds);
        current.requests += 1;
        if (current.requests > limit.rate) {
          throw new VaultRefusal(429, [`request path "${path}": rate limit quota exceeded`]);
        }
      }
    },
  };
}
