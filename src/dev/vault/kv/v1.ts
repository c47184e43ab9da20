import type { JsonObject } from "../../../json.ts";
import { type Backend, type Call, children, keys, text } from "../call.ts";
import { parseDuration } from "../durations.ts";
import { badRequest, unsupportedOperation } from "../refusal.ts";
import { SYSTEM_TTL_SECONDS } from "../ttl.ts";

/** Key-value engine, version 1: one value per path, and a TTL that is only a hint. */
export function createKv1(): Backend {
  const values = new Map<string, JsonObject>();
  return {
    exists: (call) => values.has(call.path),
    handle: (call: Call) => {
      switch (call.operation) {
        case "read": {
          const data = values.get(call.path);
          return data === undefined ? undefined : { data, leaseSeconds: hintedTtl(data) };
        }
        case "list":
          return keys(children(values.keys(), folder(call.path)));
        case "update":
          if (Object.keys(call.body).length === 0) throw badRequest("missing data fields");
          values.set(call.path, call.body);
          return undefined;
        case "delete":
          values.delete(call.path);
          return undefined;
        case "patch":
          throw unsupportedOperation();
      }
    },
  };
}

/** A prefix that only whole segments match. */
export function folder(path: string): string {
  return path === "" || path.endsWith("/") ? path : `${path}/`;
}

function hintedTtl(data: JsonObject): number {
  const hint = text(data["ttl"] ?? data["lease"]);
  const seconds = parseDuration(hint) ?? 0;
  return seconds > 0 ? seconds : SYSTEM_TTL_SECONDS;
}
