import type { JsonObject } from "../../../json.ts";
import { list } from "../call.ts";
import type { Core } from "../core.ts";
import { durationSeconds } from "../durations.ts";
import type { GrantedToken } from "../tokens.ts";
import type { TtlLimits } from "../ttl.ts";
import { withDefault } from "./token.ts";

/** The `token_…` settings that roles of every auth method share. */
export interface TokenSettings {
  readonly policies: readonly string[];
  readonly limits: TtlLimits;
  readonly uses: number;
  readonly noDefaultPolicy: boolean;
}

/** Reads them from a role's body. @throws VaultRefusal 400 for a bad duration. */
export function readTokenSettings(body: JsonObject): TokenSettings {
  const seconds = (field: string): number => durationSeconds(body[`token_${field}`] ?? body[field], field);
  return {
    policies: list(body["token_policies"] ?? body["policies"]),
    limits: {
      ttl: seconds("ttl"),
      maxTtl: seconds("max_ttl"),
      period: seconds("period"),
      explicitMaxTtl: seconds("explicit_max_ttl"),
    },
    uses: Number(body["token_num_uses"] ?? 0),
    noDefaultPolicy: body["token_no_default_policy"] === true,
  };
}

/** They as a role's description shows them. */
export function describeTokenSettings(settings: TokenSettings): JsonObject {
  return {
    token_bound_cidrs: [],
    token_explicit_max_ttl: settings.limits.explicitMaxTtl,
    token_max_ttl: settings.limits.maxTtl,
    token_no_default_policy: settings.noDefaultPolicy,
    token_num_uses: settings.uses,
    token_period: settings.limits.period,
    token_policies: settings.policies,
    token_ttl: settings.limits.ttl,
    token_type: "default",
  };
}

export interface Login {
  /** Full path of the login, e.g. `auth/kubernetes/login`. */
  readonly path: string;
  readonly displayName: string;
  readonly meta: Readonly<Record<string, string>>;
  readonly entityId: string;
}

/** The token of a successful login: an orphan with the role's settings. */
export function issueToken(core: Core, settings: TokenSettings, login: Login): GrantedToken {
  return core.tokens.create({
    policies: withDefault(settings.policies, settings.noDefaultPolicy),
    meta: login.meta,
    displayName: login.displayName,
    path: login.path,
    entityId: login.entityId,
    limits: settings.limits,
    renewable: true,
    uses: settings.uses,
  });
}
