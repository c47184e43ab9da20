import { randomUUID } from "node:crypto";
import type { JsonObject } from "../../json.ts";
import type { Answer, Call } from "./call.ts";
import type { Lease } from "./leases.ts";
import type { Token } from "./tokens.ts";

/** Vault's envelope around an answer. */
export function envelope(answer: Answer, mountType: string): JsonObject {
  const { data, auth, lease, warnings, wrapInfo } = answer;
  return {
    ...(answer.alsoAtTop === true ? data : {}),
    request_id: randomUUID(),
    lease_id: lease?.id ?? "",
    renewable: lease !== undefined,
    lease_duration: lease === undefined ? (answer.leaseSeconds ?? 0) : lease.ttlSeconds,
    data: data ?? null,
    wrap_info: wrapInfo === undefined ? null : { ...wrapInfo },
    warnings: warnings === undefined || warnings.length === 0 ? null : warnings,
    auth: auth === undefined ? null : describeAuth(auth),
    mount_type: mountType,
  };
}

function describeAuth(token: Token): JsonObject {
  return {
    client_token: token.id,
    accessor: token.accessor,
    policies: token.policies,
    token_policies: token.policies,
    metadata: token.meta,
    lease_duration: token.ttlSeconds,
    renewable: token.renewable,
    entity_id: token.entityId,
    token_type: "service",
    orphan: token.parentId === undefined,
    mfa_requirement: null,
    num_uses: token.usesLeft,
  };
}

/** What `sys/leases/lookup` tells of a lease. */
export function describeLease(lease: Lease, nowMilliseconds: number): JsonObject {
  return {
    id: lease.id,
    issue_time: new Date(lease.issuedAt).toISOString(),
    expire_time: new Date(lease.expiresAt).toISOString(),
    last_renewal: lease.renewedAt === undefined ? null : new Date(lease.renewedAt).toISOString(),
    renewable: true,
    ttl: secondsLeft(lease.expiresAt, nowMilliseconds),
  };
}

/** What token look-ups tell. */
export function describeToken(token: Token, nowMilliseconds: number, showId: boolean): JsonObject {
  const expires = token.expiresAt;
  return {
    accessor: token.accessor,
    creation_time: Math.floor(token.createdAt / 1000),
    creation_ttl: token.creationTtlSeconds,
    display_name: token.displayName,
    entity_id: token.entityId,
    expire_time: expires === undefined ? null : new Date(expires).toISOString(),
    explicit_max_ttl: token.limits.explicitMaxTtl,
    id: showId ? token.id : "",
    issue_time: new Date(token.createdAt).toISOString(),
    ...(token.renewedAt === undefined
      ? {}
      : {
          last_renewal: new Date(token.renewedAt).toISOString(),
          last_renewal_time: Math.floor(token.renewedAt / 1000),
        }),
    meta: token.meta,
    num_uses: token.usesLeft,
    orphan: token.parentId === undefined,
    path: token.path,
    ...(token.limits.period > 0 ? { period: token.limits.period } : {}),
    policies: token.policies,
    renewable: token.renewable,
    ttl: expires === undefined ? 0 : Math.max(0, secondsLeft(expires, nowMilliseconds)),
    type: "service",
  };
}

/** Vault rounds the present to the second before it counts what is left. */
function secondsLeft(expiresAt: number, nowMilliseconds: number): number {
  return Math.floor(expiresAt / 1000 - Math.round(nowMilliseconds / 1000));
}

/** Whether an answer has something that response wrapping hides. */
export function isWrappable(answer: Answer, call: Call): boolean {
  const wrapsNothing = answer.data === undefined && answer.auth === undefined;
  return !wrapsNothing && !call.fullPath.startsWith("sys/wrapping/lookup") && answer.wrapInfo === undefined;
}
