import type { JsonObject } from "../../json.ts";
import type { WrapInfo } from "./call.ts";
import type { VaultClock } from "./clock.ts";
import { WRAPPING_POLICY } from "./policies.ts";
import { badRequest } from "./refusal.ts";
import type { Token, TokenStore } from "./tokens.ts";

interface Wrapped {
  readonly body: JsonObject;
  readonly info: WrapInfo;
}

/** Answers kept for whoever brings their one-time token. */
export interface Wrapping {
  /** Keeps a whole answer for `ttlSeconds`. */
  wrap(body: JsonObject, path: string, ttlSeconds: number, wrappedAccessor: string | undefined): WrapInfo;
  /** Hands the answer out and ends its token. @throws VaultRefusal 400 for any other token. */
  unwrap(tokenId: string): JsonObject;
  lookUp(tokenId: string): WrapInfo;
  /** The same answer under a new token. */
  rewrap(tokenId: string): WrapInfo;
}

export function createWrapping(clock: VaultClock, tokens: TokenStore): Wrapping {
  const kept = new Map<string, Wrapped>();

  const wrap: Wrapping["wrap"] = (body, path, ttlSeconds, wrappedAccessor) => {
    const { token } = tokens.create({
      policies: [WRAPPING_POLICY],
      displayName: "",
      path,
      limits: { ttl: ttlSeconds, maxTtl: 0, period: 0, explicitMaxTtl: ttlSeconds },
      renewable: false,
      uses: 1,
    });
    const info: WrapInfo = {
      token: token.id,
      accessor: token.accessor,
      ttl: ttlSeconds,
      creation_time: new Date(clock.now()).toISOString(),
      creation_path: path,
      ...(wrappedAccessor === undefined ? {} : { wrapped_accessor: wrappedAccessor }),
    };
    kept.set(token.id, { body, info });
    return info;
  };
  const find = (tokenId: string): { token: Token; wrapped: Wrapped } => {
    const token = tokens.find(tokenId);
    const wrapped = kept.get(tokenId);
    if (token === undefined || wrapped === undefined) {
      kept.delete(tokenId);
      throw badRequest("wrapping token is not valid or does not exist");
    }
    return { token, wrapped };
  };
  const take = (tokenId: string): Wrapped => {
    const { token, wrapped } = find(tokenId);
    kept.delete(tokenId);
    tokens.revoke(token);
    return wrapped;
  };
  return {
    wrap,
    unwrap: (tokenId) => take(tokenId).body,
    lookUp: (tokenId) => find(tokenId).wrapped.info,
    rewrap: (tokenId) => {
      const { body, info } = take(tokenId);
      return wrap(body, info.creation_path, info.ttl, info.wrapped_accessor);
    },
  };
}
