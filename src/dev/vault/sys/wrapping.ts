import type { JsonObject } from "../../../json.ts";
import { type Call, text } from "../call.ts";
import type { Core } from "../core.ts";
import { badRequest, permissionDenied } from "../refusal.ts";
import type { Route } from "../router.ts";

/** `sys/wrapping/…`. The token to unwrap comes in the body, or is the caller's own. */
export function wrappingRoutes(core: Core): readonly Route[] {
  const asked = (call: Call): string => text(call.body["token"]) || (call.token?.id ?? "");
  return [
    {
      pattern: "wrapping/wrap",
      // Wrapped on its way out: the caller's X-Vault-Wrap-TTL says for how long.
      update: (call) => {
        if (call.wrapTtlSeconds === 0) throw badRequest("endpoint requires response wrapping to be used");
        return { data: call.body };
      },
    },
    {
      pattern: "wrapping/unwrap",
      update: (call) => {
        if (asked(call) === "") throw permissionDenied("error validating wrapping token: token is empty");
        return { bare: core.wrapping.unwrap(asked(call)) };
      },
    },
    {
      pattern: "wrapping/lookup",
      open: true,
      update: (call) => {
        const { ttl, creation_path, creation_time } = core.wrapping.lookUp(asked(call));
        const data: JsonObject = { creation_path, creation_time, creation_ttl: ttl };
        return { data };
      },
    },
    { pattern: "wrapping/rewrap", update: (call) => ({ wrapInfo: core.wrapping.rewrap(asked(call)) }) },
  ];
}
