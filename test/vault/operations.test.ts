import { describe, expect, test } from "vitest";
import * as operations from "../../src/vault/operations.ts";
import type { VaultRequest } from "../../src/vault/response.ts";
import { clientOf, type DoubleAnswer, failureOf, startHttpDouble } from "./doubles.ts";

type Client = ReturnType<typeof clientOf>;

/** One call against a Vault that answers with a body: what was asked, and what came of it. */
async function call<T>(
  body: unknown,
  operation: (client: Client) => Promise<T>,
  status = 200,
): Promise<{
  readonly asked: { method: string; url: string; token: unknown; body: unknown };
  readonly result: T;
}> {
  const answer: DoubleAnswer = { status, body: body === undefined ? "" : JSON.stringify(body) };
  await using vault = await startHttpDouble(() => answer);
  using client = clientOf(vault.address);
  const result = await operation(client);
  const { method = "", url = "", headers, body: sent = "" } = vault.seen[0] ?? {};
  return {
    asked: {
      method,
      url,
      token: headers?.["x-vault-token"],
      body: sent === "" ? undefined : JSON.parse(sent),
    },
    result,
  };
}

describe("a lease", () => {
  test("is renewed by an increment, and Vault says what it got", async () => {
    const answer = { lease_id: "l/1", lease_duration: 30, renewable: true, warnings: ["capped"] };
    const { asked, result } = await call(answer, (client) => operations.renewLease(client, "t", "l/1", 60));
    expect(asked).toEqual({
      method: "PUT",
      url: "/v1/sys/leases/renew",
      token: "t",
      body: { lease_id: "l/1", increment: 60 },
    });
    expect(result).toEqual({ leaseId: "l/1", ttlSeconds: 30, renewable: true, warnings: ["capped"] });
  });

  test("is looked up", async () => {
    const answer = { data: { id: "l/1", ttl: 12, renewable: false } };
    const { asked, result } = await call(answer, (client) => operations.lookupLease(client, "t", "l/1"));
    expect(asked).toMatchObject({ method: "PUT", url: "/v1/sys/leases/lookup", body: { lease_id: "l/1" } });
    expect(result).toEqual({ leaseId: "l/1", ttlSeconds: 12, renewable: false, warnings: [] });
  });

  test.each([true, false])("is revoked, sync: %s", async (sync) => {
    const { asked } = await call(
      undefined,
      (client) => operations.revokeLease(client, "t", "l/1", { sync }),
      204,
    );
    expect(asked).toMatchObject({ url: "/v1/sys/leases/revoke", body: { lease_id: "l/1", sync } });
  });

  test("that is gone is invalid", async () => {
    await using vault = await startHttpDouble(() => ({
      status: 400,
      body: '{"errors":["lease not found"]}',
    }));
    using client = clientOf(vault.address);
    const error = await failureOf(operations.renewLease(client, "t", "l/1", 60));
    expect(error).toMatchObject({ kind: "invalid", errors: ["lease not found"] });
  });
});

describe("a token", () => {
  const auth = { client_token: "t", accessor: "a", policies: ["p"], lease_duration: 60, renewable: true };

  test.each([
    [0, {}],
    [60, { increment: 60 }],
  ])("renews itself by %i", async (increment, body) => {
    const { asked, result } = await call({ auth }, (client) => operations.renewSelf(client, "t", increment));
    expect(asked).toEqual({ method: "PUT", url: "/v1/auth/token/renew-self", token: "t", body });
    expect(result.leaseDurationSeconds).toBe(60);
  });

  test("looks itself up, with the policies of its identity", async () => {
    const data = {
      accessor: "a",
      policies: ["default", "p"],
      identity_policies: ["p", "q"],
      ttl: 99,
      renewable: true,
      explicit_max_ttl: 3600,
      type: "service",
    };
    const { asked, result } = await call({ data }, (client) => operations.lookupSelf(client, "t"));
    expect(asked).toMatchObject({ method: "GET", url: "/v1/auth/token/lookup-self", token: "t" });
    expect(result).toEqual({
      accessor: "a",
      policies: ["default", "p", "q"],
      ttlSeconds: 99,
      renewable: true,
      explicitMaxTtlSeconds: 3600,
      numUses: 0,
      type: "service",
    });
  });

  test("revokes itself", async () => {
    const { asked } = await call(undefined, (client) => operations.revokeSelf(client, "t"), 204);
    expect(asked).toMatchObject({ method: "PUT", url: "/v1/auth/token/revoke-self", token: "t" });
  });

  test("is traded for what it wraps", async () => {
    const answer = { data: { secret_id: "s" } };
    const { asked, result } = await call(answer, (client) => operations.unwrap(client, "wrapping"));
    expect(asked).toMatchObject({ method: "PUT", url: "/v1/sys/wrapping/unwrap", token: "wrapping" });
    expect(result.data).toEqual({ secret_id: "s" });
  });
});

describe("an answer that lacks what was asked for is not Vault's", () => {
  test.each<[string, (client: Client) => Promise<unknown>]>([
    ["renewal without a lease", (client) => operations.renewLease(client, "t", "l", 60)],
    ["renewal without auth", (client) => operations.renewSelf(client, "t")],
    ["look-up of a token without data", (client) => operations.lookupSelf(client, "t")],
    ["look-up of a lease without data", (client) => operations.lookupLease(client, "t", "l")],
  ])("%s", async (_what, operation) => {
    await using vault = await startHttpDouble(() => ({ body: '{"request_id":"r"}' }));
    using client = clientOf(vault.address);
    expect((await failureOf(operation(client))).kind).toBe("protocol");
  });
});

test("namespace and abort signal go along with every operation", async () => {
  const sent: VaultRequest[] = [];
  const client = {
    address: "http://vault",
    close: () => undefined,
    send: async (request: VaultRequest) => {
      sent.push(request);
      throw new Error("seen");
    },
  };
  const options = { namespace: "n", signal: new AbortController().signal };
  const calls = [
    operations.renewLease(client, "t", "l", 1, options),
    operations.lookupLease(client, "t", "l", options),
    operations.revokeLease(client, "t", "l", options),
    operations.renewSelf(client, "t", 0, options),
    operations.lookupSelf(client, "t", options),
    operations.revokeSelf(client, "t", options),
    operations.unwrap(client, "t", options),
  ];
  await Promise.allSettled(calls);
  expect(sent).toHaveLength(calls.length);
  for (const request of sent) expect(request).toMatchObject(options);
});
