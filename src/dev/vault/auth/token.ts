import { isJsonObject, type JsonObject } from "../../../json.ts";
import { type Answer, type Backend, type Call, list, text } from "../call.ts";
import type { Core } from "../core.ts";
import { durationSeconds } from "../durations.ts";
import { describeToken } from "../envelope.ts";
import { badRequest, permissionDenied, type VaultRefusal } from "../refusal.ts";
import { createRouter } from "../router.ts";
import type { GrantedToken, Token } from "../tokens.ts";

/** `auth/token`: making, looking up, renewing and revoking tokens. */
export function createTokenAuth(core: Core): Backend {
  const { tokens, clock } = core;
  const caller = (call: Call): Token => {
    if (call.token === undefined) throw permissionDenied();
    return call.token;
  };
  const shown = (token: Token, showId: boolean): Answer => ({
    data: describeToken(token, clock.now(), showId),
  });
  const increment = (call: Call): number => durationSeconds(call.body["increment"], "increment");
  const renewed = ({ token, warnings }: GrantedToken): Answer => ({ auth: token, warnings });
  const byAccessor = (call: Call): Token => {
    const token = tokens.findByAccessor(text(call.body["accessor"]));
    if (token === undefined) throw badRequest("1 error occurred:\n\t* invalid accessor\n\n");
    return token;
  };
  const byId = (call: Call, refusal: VaultRefusal): Token => {
    const token = tokens.find(text(call.body["token"]));
    if (token === undefined) throw refusal;
    return token;
  };
  const lookUp = (call: Call): Answer => shown(byId(call, permissionDenied("bad token")), true);
  const revokeBy = (end: (token: Token) => void) => (call: Call) => {
    const token = tokens.find(text(call.body["token"]));
    if (token !== undefined) end(token);
    return undefined;
  };
  return createRouter([
    { pattern: "create", update: (call) => createToken(core, caller(call), call.body, false) },
    { pattern: "create-orphan", update: (call) => createToken(core, caller(call), call.body, true) },
    {
      pattern: "lookup-self",
      read: (call) => shown(caller(call), true),
      update: (call) => shown(caller(call), true),
    },
    { pattern: "lookup", update: lookUp },
    { pattern: "lookup-accessor", update: (call) => shown(byAccessor(call), false) },
    { pattern: "renew-self", update: (call) => renewed(tokens.renew(caller(call), increment(call))) },
    {
      pattern: "renew",
      update: (call) => renewed(tokens.renew(byId(call, badRequest("token not found")), increment(call))),
    },
    { pattern: "renew-accessor", update: (call) => renewed(tokens.renew(byAccessor(call), increment(call))) },
    {
      pattern: "revoke-self",
      update: (call) => {
        tokens.revoke(caller(call));
        return undefined;
      },
    },
    { pattern: "revoke", update: revokeBy(tokens.revoke) },
    { pattern: "revoke-orphan", update: revokeBy(tokens.revokeAlone) },
    {
      pattern: "revoke-accessor",
      update: (call) => {
        const token = tokens.findByAccessor(text(call.body["accessor"]));
        if (token === undefined) return { warnings: ["No token found with this accessor"] };
        tokens.revoke(token);
        return undefined;
      },
    },
    { pattern: "accessors", list: () => ({ data: { keys: tokens.accessors() } }) },
  ]);
}

function createToken(core: Core, parent: Token, body: JsonObject, orphan: boolean): Answer {
  const root = parent.policies.includes("root");
  if (text(body["type"]) === "batch") throw badRequest("the development Vault has no batch tokens");
  const asked = list(body["policies"]);
  const policies = asked.length === 0 ? parent.policies : asked;
  if (!root && policies.some((policy) => !parent.policies.includes(policy))) {
    throw badRequest("child policies must be subset of parent");
  }
  const limits = {
    ttl: durationSeconds(body["ttl"], "ttl"),
    maxTtl: 0,
    period: durationSeconds(body["period"], "period"),
    explicitMaxTtl: durationSeconds(body["explicit_max_ttl"], "explicit_max_ttl"),
  };
  const immortal = policies.includes("root") && limits.ttl + limits.period + limits.explicitMaxTtl === 0;
  const displayName = text(body["display_name"]).replaceAll(/[^a-zA-Z0-9-]/g, "-");
  const id = text(body["id"]);
  const { token, warnings } = core.tokens.create({
    ...(id === "" ? {} : { id }),
    parentId: orphan || body["no_parent"] === true ? undefined : parent.id,
    policies: withDefault(policies, body["no_default_policy"] === true),
    meta: metaOf(body),
    displayName: displayName === "" ? "token" : `token-${displayName}`,
    path: orphan ? "auth/token/create-orphan" : "auth/token/create",
    limits,
    renewable: body["renewable"] !== false && !immortal,
    uses: Number(body["num_uses"] ?? 0),
    expires: !immortal,
  });
  return { auth: token, warnings };
}

/** Policy `root` stands alone; to every other set `default` is added. */
export function withDefault(policies: readonly string[], without: boolean): readonly string[] {
  return without || policies.includes("root") ? policies : [...policies, "default"];
}

function metaOf(body: JsonObject): Readonly<Record<string, string>> | null {
  const meta = body["meta"];
  if (!isJsonObject(meta)) return null;
  return Object.fromEntries(Object.entries(meta).map(([key, value]) => [key, text(value)]));
}
