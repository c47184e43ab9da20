import { createHash } from "node:crypto";
import type { VaultClock } from "./clock.ts";
import type { Expirations } from "./expirations.ts";
import type { LeaseStore } from "./leases.ts";
import { newTokenId, randomText } from "./random.ts";
import { badRequest } from "./refusal.ts";
import { grantTtl, type TtlLimits } from "./ttl.ts";

/** A token. Times are milliseconds of the clock. */
export interface Token {
  readonly id: string;
  readonly accessor: string;
  /** It dies with this one; undefined: an orphan. */
  parentId: string | undefined;
  readonly policies: readonly string[];
  readonly meta: Readonly<Record<string, string>> | null;
  readonly displayName: string;
  /** Where it was made, e.g. `auth/kubernetes/login`. */
  readonly path: string;
  readonly entityId: string;
  readonly createdAt: number;
  readonly limits: TtlLimits;
  readonly renewable: boolean;
  /** 0: unlimited. */
  usesLeft: number;
  /** As of the last grant, in seconds. */
  ttlSeconds: number;
  readonly creationTtlSeconds: number;
  /** undefined: never. */
  expiresAt: number | undefined;
  renewedAt: number | undefined;
}

/** What a login or `auth/token/create` asks for. */
export interface TokenRequest {
  /** A given id, as for the root token; absent: a random one. */
  readonly id?: string;
  readonly parentId?: string | undefined;
  readonly policies: readonly string[];
  readonly meta?: Readonly<Record<string, string>> | null;
  readonly displayName: string;
  readonly path: string;
  readonly entityId?: string;
  readonly limits: TtlLimits;
  readonly renewable: boolean;
  readonly uses?: number;
  readonly expires?: boolean;
}

export interface GrantedToken {
  readonly token: Token;
  readonly warnings: readonly string[];
}

/** All tokens, as a tree: the death of one ends its leases and its children. */
export interface TokenStore {
  create(request: TokenRequest): GrantedToken;
  /** undefined when it is unknown, revoked or expired. */
  find(id: string): Token | undefined;
  findByAccessor(accessor: string): Token | undefined;
  accessors(): readonly string[];
  /** @throws VaultRefusal 400 when it cannot be renewed. */
  renew(token: Token, incrementSeconds: number): GrantedToken;
  revoke(token: Token): void;
  /** Revokes it, but lets its children live on as orphans. */
  revokeAlone(token: Token): void;
  /** Ids under which `sys/leases` knows the tokens made below `prefix`. */
  leaseIdsUnder(prefix: string): ReadonlyMap<string, Token>;
}

export function createTokenStore(
  clock: VaultClock,
  expirations: Expirations,
  leases: LeaseStore,
): TokenStore {
  const tokens = new Map<string, Token>();

  const remove = (token: Token): void => {
    tokens.delete(token.id);
    expirations.cancel(`token/${token.id}`);
    leases.revokeOfToken(token.id);
  };
  const childrenOf = (token: Token): readonly Token[] =>
    [...tokens.values()].filter((candidate) => candidate.parentId === token.id);
  const revoke = (token: Token): void => {
    remove(token);
    for (const child of childrenOf(token)) revoke(child);
  };
  const plan = (token: Token): void => {
    if (token.expiresAt !== undefined) {
      expirations.plan(`token/${token.id}`, token.expiresAt, () => revoke(token));
    }
  };
  return {
    create: (request) => {
      const { token, warnings } = newToken(request, clock.now());
      tokens.set(token.id, token);
      plan(token);
      return { token, warnings };
    },
    find: (id) => {
      const token = tokens.get(id);
      return token?.expiresAt !== undefined && token.expiresAt <= clock.now() ? undefined : token;
    },
    findByAccessor: (accessor) => [...tokens.values()].find((token) => token.accessor === accessor),
    accessors: () => [...tokens.values()].map((token) => token.accessor),
    renew: (token, increment) => {
      if (!token.renewable || token.expiresAt === undefined) throw badRequest("lease is not renewable");
      const now = clock.now();
      const { seconds, warnings } = grantTtl(token.limits, increment, token.createdAt, now);
      token.ttlSeconds = seconds;
      token.expiresAt = now + seconds * 1000;
      token.renewedAt = now;
      plan(token);
      return { token, warnings };
    },
    revoke,
    revokeAlone: (token) => {
      for (const child of childrenOf(token)) child.parentId = undefined;
      remove(token);
    },
    leaseIdsUnder: (prefix) => {
      const expiring = [...tokens.values()].filter((token) => token.expiresAt !== undefined);
      return new Map(
        expiring.map((token) => [leaseIdOf(token), token] as const).filter(([id]) => id.startsWith(prefix)),
      );
    },
  };
}

function newToken(request: TokenRequest, now: number): GrantedToken {
  const expires = request.expires ?? true;
  const granted = expires ? grantTtl(request.limits, 0, now, now) : { seconds: 0, warnings: [] };
  const token: Token = {
    id: request.id ?? newTokenId(),
    accessor: randomText(24),
    parentId: request.parentId,
    policies: [...new Set(request.policies)].sort(),
    meta: request.meta ?? null,
    displayName: request.displayName,
    path: request.path,
    entityId: request.entityId ?? "",
    createdAt: now,
    limits: request.limits,
    renewable: request.renewable,
    usesLeft: request.uses ?? 0,
    ttlSeconds: granted.seconds,
    creationTtlSeconds: granted.seconds,
    expiresAt: expires ? now + granted.seconds * 1000 : undefined,
    renewedAt: undefined,
  };
  return { token, warnings: granted.warnings };
}

/** `sys/leases` lists a token by a hash of its id. */
function leaseIdOf(token: Token): string {
  return `${token.path}/h${createHash("sha256").update(token.id).digest("hex")}`;
}
