import type { JsonObject } from "../json.ts";
import { VaultError } from "./error.ts";
import type { VaultAuth, VaultClient, VaultResponse } from "./response.ts";

/** How a call is made apart from what it asks. */
export interface CallOptions {
  readonly namespace?: string;
  readonly signal?: AbortSignal;
  /** Less than the connection's. */
  readonly timeoutSeconds?: number;
}

/** A lease as Vault tells it. */
export interface LeaseState {
  readonly leaseId: string;
  /** Seconds from the answer on. */
  readonly ttlSeconds: number;
  readonly renewable: boolean;
  readonly warnings: readonly string[];
}

/** A token as `lookup-self` tells it. */
export interface TokenState {
  readonly accessor: string;
  readonly policies: readonly string[];
  /** Seconds left; 0: it does not expire. */
  readonly ttlSeconds: number;
  readonly renewable: boolean;
  /** Seconds after its creation beyond which it is never renewed; 0: no such bound. */
  readonly explicitMaxTtlSeconds: number;
  /** How often it may still be used; 0: without limit. */
  readonly numUses: number;
  /** `service` or `batch`; a batch token can be neither renewed nor revoked. */
  readonly type: string;
}

function extra(options: CallOptions): CallOptions {
  return {
    ...(options.namespace === undefined ? {} : { namespace: options.namespace }),
    ...(options.signal === undefined ? {} : { signal: options.signal }),
    ...(options.timeoutSeconds === undefined ? {} : { timeoutSeconds: options.timeoutSeconds }),
  };
}

function missing(client: VaultClient, call: string, what: string): VaultError {
  return new VaultError("protocol", `Vault at ${client.address} answered ${call} without ${what}`, {
    fix: "Check that the address is Vault's and that no proxy answers in its place.",
  });
}

function dataOf(client: VaultClient, response: VaultResponse, call: string): JsonObject {
  if (response.data === null) throw missing(client, call, "data");
  return response.data;
}

function numberIn(data: JsonObject, name: string): number {
  const value = data[name];
  return typeof value === "number" ? value : 0;
}

function stringIn(data: JsonObject, name: string): string {
  const value = data[name];
  return typeof value === "string" ? value : "";
}

function stringsIn(data: JsonObject, name: string): readonly string[] {
  const value = data[name];
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === "string") : [];
}

/**
 * Renews a lease. Vault may grant less than asked: near max_ttl, or when the role changed.
 * @throws VaultError `invalid` when the lease is gone or not renewable.
 */
export async function renewLease(
  client: VaultClient,
  token: string,
  leaseId: string,
  incrementSeconds: number,
  options: CallOptions = {},
): Promise<LeaseState> {
  const response = await client.send({
    method: "PUT",
    path: "sys/leases/renew",
    token,
    body: { lease_id: leaseId, increment: incrementSeconds },
    ...extra(options),
  });
  if (response.leaseId === "") throw missing(client, "PUT sys/leases/renew", "a lease");
  return {
    leaseId: response.leaseId,
    ttlSeconds: response.leaseDurationSeconds,
    renewable: response.renewable,
    warnings: response.warnings,
  };
}

/** @throws VaultError `invalid` when the lease is gone. */
export async function lookupLease(
  client: VaultClient,
  token: string,
  leaseId: string,
  options: CallOptions = {},
): Promise<LeaseState> {
  const path = "sys/leases/lookup";
  const response = await client.send({
    method: "PUT",
    path,
    token,
    body: { lease_id: leaseId },
    ...extra(options),
  });
  const data = dataOf(client, response, `PUT ${path}`);
  return {
    leaseId: stringIn(data, "id") || leaseId,
    ttlSeconds: numberIn(data, "ttl"),
    renewable: data.renewable === true,
    warnings: response.warnings,
  };
}

/**
 * Revokes a lease. With `sync` Vault answers once it is done (the database user is dropped), without it once
 * it is queued; Vault retries on its own either way.
 */
export async function revokeLease(
  client: VaultClient,
  token: string,
  leaseId: string,
  options: CallOptions & { readonly sync?: boolean } = {},
): Promise<void> {
  await client.send({
    method: "PUT",
    path: "sys/leases/revoke",
    token,
    body: { lease_id: leaseId, sync: options.sync ?? false },
    ...extra(options),
  });
}

/** Renews the token itself. @param incrementSeconds 0: as its role says. */
export async function renewSelf(
  client: VaultClient,
  token: string,
  incrementSeconds = 0,
  options: CallOptions = {},
): Promise<VaultAuth> {
  const path = "auth/token/renew-self";
  const response = await client.send({
    method: "PUT",
    path,
    token,
    body: incrementSeconds === 0 ? {} : { increment: incrementSeconds },
    ...extra(options),
  });
  if (response.auth === null) throw missing(client, `PUT ${path}`, "auth");
  return response.auth;
}

export async function lookupSelf(
  client: VaultClient,
  token: string,
  options: CallOptions = {},
): Promise<TokenState> {
  const path = "auth/token/lookup-self";
  const response = await client.send({ method: "GET", path, token, ...extra(options) });
  const data = dataOf(client, response, `GET ${path}`);
  return {
    accessor: stringIn(data, "accessor"),
    policies: [...new Set([...stringsIn(data, "policies"), ...stringsIn(data, "identity_policies")])],
    ttlSeconds: numberIn(data, "ttl"),
    renewable: data.renewable === true,
    explicitMaxTtlSeconds: numberIn(data, "explicit_max_ttl"),
    numUses: numberIn(data, "num_uses"),
    type: stringIn(data, "type"),
  };
}

/** Revokes the token and, with it, every lease made under it. */
export async function revokeSelf(
  client: VaultClient,
  token: string,
  options: CallOptions = {},
): Promise<void> {
  await client.send({ method: "PUT", path: "auth/token/revoke-self", token, body: {}, ...extra(options) });
}

/** Trades a wrapping token for what it wraps; works once. */
export async function unwrap(
  client: VaultClient,
  wrapToken: string,
  options: CallOptions = {},
): Promise<VaultResponse> {
  return await client.send({
    method: "PUT",
    path: "sys/wrapping/unwrap",
    token: wrapToken,
    body: {},
    ...extra(options),
  });
}
