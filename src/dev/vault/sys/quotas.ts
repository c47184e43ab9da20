import type { JsonObject } from "../../../json.ts";
import { keys, text } from "../call.ts";
import type { Core } from "../core.ts";
import { durationSeconds } from "../durations.ts";
import type { RateLimit } from "../quotas.ts";
import { badRequest } from "../refusal.ts";
import type { Route } from "../router.ts";

/** `sys/quotas/rate-limit`. */
export function quotaRoutes({ quotas }: Core): readonly Route[] {
  return [
    { pattern: "quotas/rate-limit", list: () => keys(quotas.limits.keys()) },
    {
      pattern: "quotas/rate-limit/:name",
      read: (_call, { name = "" }) => {
        const limit = quotas.limits.get(name);
        return limit === undefined ? undefined : { data: describe(name, limit) };
      },
      update: (call, { name = "" }) => {
        const rate = Number(call.body["rate"] ?? 0);
        if (!(rate > 0)) throw badRequest("'rate' is invalid");
        const intervalSeconds = durationSeconds(call.body["interval"], "interval") || 1;
        quotas.set(name, { path: text(call.body["path"]), rate, intervalSeconds });
        return undefined;
      },
      delete: (_call, { name = "" }) => {
        quotas.remove(name);
        return undefined;
      },
    },
  ];
}

function describe(name: string, limit: RateLimit): JsonObject {
  return { name, path: limit.path, rate: limit.rate, interval: limit.intervalSeconds, type: "rate-limit" };
}
