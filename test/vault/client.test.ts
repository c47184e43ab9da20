import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { createVaultClient } from "../../src/vault/client.ts";
import { clientOf, connectionTo, failureOf, startHttpDouble } from "./doubles.ts";

describe("a request to Vault", () => {
  test("carries token, namespace and the header that keeps browsers out", async () => {
    await using vault = await startHttpDouble(() => ({}));
    using client = clientOf(vault.address, { namespace: "team-a" });
    await client.send({ method: "POST", path: "a/b", token: "hvs.x", body: { one: 1 } });
    const [seen] = vault.seen;
    expect(seen).toMatchObject({ method: "POST", url: "/v1/a/b", body: '{"one":1}' });
    expect(seen?.headers).toMatchObject({
      "x-vault-request": "true",
      "x-vault-token": "hvs.x",
      "x-vault-namespace": "team-a",
      "content-type": "application/json",
      host: `127.0.0.1:${vault.port}`,
    });
  });

  test("has no token and no namespace header when there is none", async () => {
    await using vault = await startHttpDouble(() => ({}));
    using client = clientOf(vault.address);
    await client.send({ method: "GET", path: "sys/health" });
    expect(vault.seen[0]?.headers).not.toHaveProperty("x-vault-token");
    expect(vault.seen[0]?.headers).not.toHaveProperty("x-vault-namespace");
    expect(vault.seen[0]?.headers).not.toHaveProperty("content-type");
  });

  test("says how long what it wants wrapped is to live, which Vault insists on", async () => {
    await using vault = await startHttpDouble(() => ({}));
    using client = clientOf(vault.address);
    await client.send({ method: "PUT", path: "sys/wrapping/wrap", token: "hvs.x", body: { a: "b" } });
    await client.send({ method: "PUT", path: "sys/wrapping/unwrap", token: "hvs.x" });
    expect(vault.seen.map(({ headers }) => headers["x-vault-wrap-ttl"])).toEqual(["5m", undefined]);
  });

  test("may go to another namespace than the connection's", async () => {
    await using vault = await startHttpDouble(() => ({}));
    using client = clientOf(vault.address, { namespace: "team-a" });
    await client.send({ method: "GET", path: "x", namespace: "team-a/sub" });
    expect(vault.seen[0]?.headers["x-vault-namespace"]).toBe("team-a/sub");
  });

  test.each([
    ["GET", "secret/data/my app", {}, "GET", "/v1/secret/data/my%20app"],
    ["GET", "/leading/slash", {}, "GET", "/v1/leading/slash"],
    ["GET", "odd/?#%/é", {}, "GET", "/v1/odd/%3F%23%25/%C3%A9"],
    ["GET", "versioned", { version: "2" }, "GET", "/v1/versioned?version=2"],
    ["LIST", "secret/metadata/", {}, "GET", "/v1/secret/metadata/?list=true"],
    ["DELETE", "x", {}, "DELETE", "/v1/x"],
  ] as const)("%s %s with %o is %s %s on the wire", async (method, path, query, wireMethod, url) => {
    await using vault = await startHttpDouble(() => ({}));
    using client = clientOf(vault.address);
    await client.send({ method, path, query });
    expect(vault.seen[0]).toMatchObject({ method: wireMethod, url });
  });

  test("keeps the path that the address has", async () => {
    await using vault = await startHttpDouble(() => ({}));
    using client = clientOf(`${vault.address}/behind/a/proxy/`);
    await client.send({ method: "GET", path: "sys/health" });
    expect(vault.seen[0]?.url).toBe("/behind/a/proxy/v1/sys/health");
  });

  test("goes to a Unix socket", async () => {
    const directory = await mkdtemp(join(tmpdir(), "keycard-socket-"));
    try {
      const at = join(directory, "vault.sock");
      await using vault = await startHttpDouble(() => ({ body: '{"request_id":"r"}' }), { at });
      using client = clientOf(`unix://${at}`);
      expect((await client.send({ method: "GET", path: "x" })).requestId).toBe("r");
      expect(vault.seen[0]?.headers.host).toBe("localhost");
    } finally {
      await rm(directory, { recursive: true });
    }
  });

  test.each(["token", "namespace"])("is not sent with a %s that would break its header", async (name) => {
    await using vault = await startHttpDouble(() => ({}));
    using client = clientOf(vault.address);
    const error = await failureOf(client.send({ method: "GET", path: "x", [name]: "abc\r\nx-evil: 1" }));
    expect(error.kind).toBe("invalid");
    expect(error.message).toContain(`the ${name} holds characters`);
    expect(error.message).not.toContain("abc");
    expect(vault.connections()).toBe(0);
  });
});

describe("an answer of Vault", () => {
  test("is waited for, however long that may be allowed to take", async () => {
    await using vault = await startHttpDouble((_request, response) => {
      setTimeout(() => response.end("{}"), 50);
      return undefined;
    });
    // Thirty days: more milliseconds than a timer can count.
    using client = clientOf(vault.address, { timeoutSeconds: 30 * 86_400 });
    expect((await client.send({ method: "GET", path: "x" })).status).toBe(200);
  });

  test("is read field by field", async () => {
    const body = JSON.stringify({
      request_id: "r-1",
      lease_id: "database/creds/app/1",
      lease_duration: 3600,
      renewable: true,
      data: { username: "v-app", password: "p" },
      wrap_info: null,
      warnings: ["TTL capped"],
      auth: null,
    });
    await using vault = await startHttpDouble(() => ({ body }));
    using client = clientOf(vault.address);
    expect(await client.send({ method: "GET", path: "database/creds/app" })).toEqual({
      status: 200,
      requestId: "r-1",
      leaseId: "database/creds/app/1",
      leaseDurationSeconds: 3600,
      renewable: true,
      data: { username: "v-app", password: "p" },
      auth: null,
      wrapToken: null,
      warnings: ["TTL capped"],
      body,
    });
  });

  test("holds the auth block of a login", async () => {
    const auth = {
      client_token: "hvs.t",
      accessor: "a",
      policies: ["default"],
      token_policies: ["default"],
      lease_duration: 60,
      renewable: true,
    };
    await using vault = await startHttpDouble(() => ({ body: JSON.stringify({ auth }) }));
    using client = clientOf(vault.address);
    expect((await client.send({ method: "POST", path: "auth/x/login", body: {} })).auth).toEqual({
      clientToken: "hvs.t",
      accessor: "a",
      policies: ["default"],
      leaseDurationSeconds: 60,
      renewable: true,
      numUses: 0,
    });
  });

  test("may be wrapped", async () => {
    const body = JSON.stringify({ wrap_info: { token: "hvs.wrapped", ttl: 60 } });
    await using vault = await startHttpDouble(() => ({ body }));
    using client = clientOf(vault.address);
    expect((await client.send({ method: "GET", path: "x" })).wrapToken).toBe("hvs.wrapped");
  });

  test("may be empty", async () => {
    await using vault = await startHttpDouble(() => ({ status: 204, body: "" }));
    using client = clientOf(vault.address);
    expect(await client.send({ method: "PUT", path: "x" })).toMatchObject({
      status: 204,
      data: null,
      body: "",
    });
  });

  test("keeps the digits of its numbers in the body", async () => {
    const body = '{"data":{"id":12345678901234567890,"price":1.10}}';
    await using vault = await startHttpDouble(() => ({ body }));
    using client = clientOf(vault.address);
    expect((await client.send({ method: "GET", path: "x" })).body).toBe(body);
  });
});

const SEALED = '{"errors":["Vault is sealed"]}';
const HEALTH = '{"initialized":true,"sealed":false,"standby":true}';
const SEALED_HEALTH = '{"initialized":true,"sealed":true,"standby":true}';

describe("a refusal", () => {
  test.each([
    [400, "x", '{"errors":["lease not found"]}', "invalid", false],
    [403, "x", '{"errors":["permission denied"]}', "denied", false],
    [404, "x", '{"errors":[]}', "not-found", false],
    [405, "x", '{"errors":["unsupported operation"]}', "invalid", false],
    [412, "x", '{"errors":["required index state not present"]}', "stale", true],
    [429, "x", '{"errors":["request path quota exceeded"]}', "rate-limited", true],
    [429, "sys/health", HEALTH, "standby", true],
    [472, "sys/health", HEALTH, "standby", true],
    [473, "sys/health", HEALTH, "standby", true],
    [473, "database/creds/app", "", "standby", true],
    [500, "x", '{"errors":["failed to create user"]}', "server", true],
    [502, "x", "<html>Bad Gateway</html>", "server", true],
    [503, "x", SEALED, "sealed", true],
    [503, "sys/health", SEALED_HEALTH, "sealed", true],
    [503, "x", "upstream connect error", "server", true],
    [404, "kv/data/gone", '{"request_id":"r","data":{"data":null}}', "not-found", false],
    [400, "x", "Bad Request", "protocol", true],
    [403, "x", "RBAC: access denied", "protocol", true],
    [403, "x", '{"message":"Forbidden"}', "protocol", true],
    [404, "x", "default backend - 404", "protocol", true],
    [404, "x", "", "protocol", true],
    [500, "x", "<html>Internal Server Error</html>", "protocol", true],
    [500, "x", '{"errors":["local node not active but active cluster node not found"]}', "standby", true],
  ] as const)("with %i on %s and body %s is %s", async (status, path, body, kind, retryable) => {
    await using vault = await startHttpDouble(() => ({ status, body }));
    using client = clientOf(vault.address);
    const error = await failureOf(client.send({ method: "GET", path }));
    expect(error).toMatchObject({ kind, status, retryable });
    expect(error.message).toContain(`Vault at ${vault.address} answered GET ${path} with ${status}`);
  });

  test("that is not Vault's says so, and nothing of what is in it", async () => {
    const headers = { "content-type": "application/json" };
    await using vault = await startHttpDouble(() => ({ status: 403, headers, body: '{"message":"s3cret"}' }));
    using client = clientOf(vault.address);
    const error = await failureOf(client.send({ method: "PUT", path: "sys/leases/renew" }));
    expect(error.message).toBe(
      `Vault at ${vault.address} answered PUT sys/leases/renew with 403 and a body that is not Vault's ` +
        "(application/json, 20 characters). Check that the address is Vault's and that no proxy answers in its place.",
    );
  });

  test("has a code that can be searched for", async () => {
    await using vault = await startHttpDouble(() => ({ status: 404, body: '{"errors":[]}' }));
    using client = clientOf(vault.address);
    const error = await failureOf(client.send({ method: "GET", path: "x" }));
    expect(error.code).toBe("KEYCARD_VAULT_NOT_FOUND");
  });

  test("passes Vault's messages on, and ends with what to do", async () => {
    const body = '{"errors":["1 error occurred:\\n\\t* permission denied\\n\\n"]}';
    await using vault = await startHttpDouble(() => ({ status: 403, body }));
    using client = clientOf(vault.address);
    const error = await failureOf(client.send({ method: "GET", path: "secret/a", token: "hvs.abc" }));
    expect(error.errors).toEqual(["1 error occurred: * permission denied"]);
    expect(error.message).toBe(
      `Vault at ${vault.address} answered GET secret/a with 403: 1 error occurred: * permission denied. ` +
        "Check that the token is still valid and that its policies allow this path.",
    );
  });

  test.each([
    ["another token", "hvs.CAESIJ6gQXv8dF3kPz0Lr7mWb2"],
    ["a batch token", "hvb.AAAAAQJ6gQXv8dF3kPz0Lr7mWb2-_x"],
    ["a token of an older Vault", "s.J6gQXv8dF3kPz0Lr7mWb2Ab1"],
    ["a JWT", "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJzeXN0ZW0ifQ.c2lnbmF0dXJl"],
  ])("never repeats %s that is in it", async (_what, secret) => {
    const body = JSON.stringify({ errors: [`role "my.long-role_name" does not take ${secret}, sorry`] });
    await using vault = await startHttpDouble(() => ({ status: 400, body }));
    using client = clientOf(vault.address);
    const { message } = await failureOf(client.send({ method: "POST", path: "auth/jwt/login" }));
    expect(message).toContain('role "my.long-role_name" does not take [credential], sorry');
  });

  test("never repeats token, request body or a foreign answer", async () => {
    const echo = JSON.stringify({ errors: ["no such token hvs.CAESIsecret"] });
    for (const body of [echo, "<html>hvs.CAESIsecret s3cret</html>"]) {
      await using vault = await startHttpDouble(() => ({ status: 403, body }));
      using client = clientOf(vault.address);
      const call = client.send({
        method: "POST",
        path: "x",
        token: "hvs.CAESIsecret",
        body: { password: "s3cret" },
      });
      const error = await failureOf(call);
      expect(`${error.message} ${error.stack} ${error.errors.join()}`).not.toMatch(/hvs\.CAESIsecret|s3cret/);
    }
  });

  test.each([
    ["17", 17],
    ["0", 0],
    ["Thu, 01 Jan 2026 00:00:30 GMT", 30],
    ["Thu, 01 Jan 2020 00:00:00 GMT", 0],
    ["soon", undefined],
  ])("asks to wait with Retry-After: %s", async (header, seconds) => {
    await using vault = await startHttpDouble(() => ({
      status: 429,
      headers: { "retry-after": header },
      body: '{"errors":[]}',
    }));
    using client = clientOf(vault.address, {}, { now: () => Date.UTC(2026, 0, 1) });
    expect((await failureOf(client.send({ method: "GET", path: "x" }))).retryAfterSeconds).toBe(seconds);
  });

  test("of plain HTTP by a server that speaks HTTPS says so", async () => {
    await using vault = await startHttpDouble(() => ({
      status: 400,
      body: "Client sent an HTTP request to an HTTPS server.\n",
    }));
    using client = clientOf(vault.address);
    const error = await failureOf(client.send({ method: "GET", path: "x" }));
    expect(error).toMatchObject({ kind: "invalid", retryable: false });
    expect(error.message).toContain("make the address https://");
  });
});

describe("a cluster's redirect", () => {
  test.each([301, 302, 307, 308])(
    "with %i takes method, body and token to the active node",
    async (status) => {
      await using active = await startHttpDouble(() => ({ body: '{"request_id":"active"}' }));
      await using standby = await startHttpDouble(({ url }) => ({
        status,
        headers: { location: `${active.address}${url}` },
        body: "",
      }));
      using client = clientOf(standby.address, { namespace: "n" });
      const request = { method: "PUT", path: "sys/leases/renew", token: "hvs.t", body: { a: 1 } } as const;
      expect((await client.send(request)).requestId).toBe("active");
      expect(active.seen[0]).toMatchObject({ method: "PUT", url: "/v1/sys/leases/renew", body: '{"a":1}' });
      expect(active.seen[0]?.headers).toMatchObject({ "x-vault-token": "hvs.t", "x-vault-namespace": "n" });
      expect(active.seen[0]?.headers.host).toBe(`127.0.0.1:${active.port}`);
    },
  );

  test("may be relative", async () => {
    await using vault = await startHttpDouble(({ url }) =>
      url === "/v1/a" ? { status: 307, headers: { location: "/v1/b" }, body: "" } : {},
    );
    using client = clientOf(vault.address);
    await client.send({ method: "GET", path: "a" });
    expect(vault.seen.map(({ url }) => url)).toEqual(["/v1/a", "/v1/b"]);
  });

  test("that goes in circles ends as a standby that knows no active node", async () => {
    await using vault = await startHttpDouble(({ url }) => ({
      status: 307,
      headers: { location: url },
      body: "",
    }));
    using client = clientOf(vault.address);
    const error = await failureOf(client.send({ method: "GET", path: "a" }));
    expect(error).toMatchObject({ kind: "standby", status: 307, retryable: true });
    expect(vault.seen).toHaveLength(4);
  });

  test.each([["http://["], ["ftp://example.com/"], [""]])("to %j leads nowhere", async (location) => {
    await using vault = await startHttpDouble(() => ({ status: 307, headers: { location }, body: "" }));
    using client = clientOf(vault.address);
    const error = await failureOf(client.send({ method: "GET", path: "a" }));
    expect(error.kind).toBe("protocol");
  });
});

describe("an address", () => {
  test.each([
    ["vault:8200", "no known scheme"],
    ["ftp://vault", "no known scheme"],
    ["not a url", "is no URL"],
    ["unix://relative", "no absolute path"],
    ["https://user:secret@vault:8200", "scheme, host, port and path alone"],
  ])("%s is refused", (address, problem) => {
    const create = (): unknown => createVaultClient(connectionTo(address));
    expect(create).toThrow(problem);
    expect(create).not.toThrow("secret");
  });

  test.each([["socks5://proxy:1080"], ["http://"], ["http://a%zz@proxy:1"]])(
    "of a proxy, %s is refused",
    (proxyAddress) => {
      expect(() => createVaultClient(connectionTo("https://vault", { proxyAddress }))).toThrow(/[Pp]roxy/);
    },
  );
});
