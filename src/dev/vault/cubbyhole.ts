import type { JsonObject } from "../../json.ts";
import { type Backend, type Call, children, keys } from "./call.ts";
import { folder } from "./kv/v1.ts";
import { badRequest, unsupportedOperation } from "./refusal.ts";

/** Values that only the token that wrote them can read. */
export function createCubbyhole(): Backend {
  const values = new Map<string, JsonObject>();
  const own = (call: Call, path: string): string => `${call.token?.accessor ?? ""}/${path}`;
  return {
    exists: (call) => values.has(own(call, call.path)),
    handle: (call) => {
      switch (call.operation) {
        case "read": {
          const data = values.get(own(call, call.path));
          return data === undefined ? undefined : { data };
        }
        case "list":
          return keys(children(values.keys(), own(call, folder(call.path))));
        case "update":
          if (Object.keys(call.body).length === 0) throw badRequest("missing data fields");
          values.set(own(call, call.path), call.body);
          return undefined;
        case "delete":
          values.delete(own(call, call.path));
          return undefined;
        case "patch":
          throw unsupportedOperation();
      }
    },
  };
}
