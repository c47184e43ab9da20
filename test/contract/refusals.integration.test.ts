import { expect, it } from "vitest";
import { describeVaults, refusal } from "../support/each-vault.ts";

const DENIED_BY_POLICY = "1 error occurred:\n\t* permission denied\n\n";
const BAD_TOKEN = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n";

describeVaults("What Vault refuses", {}, (parts) => {
  it.each([
    ["a key-value path with nothing at it", "GET", "secret/data/none", 404, []],
    ["a key-value version 1 path with nothing at it", "GET", "kv/none", 404, []],
    ["a list of nothing", "LIST", "secret/metadata/none", 404, []],
    ["a database role that does not exist", "GET", "database/creds/none", 400, ["unknown role: none"]],
    ["a static role that does not exist", "GET", "database/static-creds/none", 400, ["unknown role: none"]],
    [
      "a path below no mount",
      "GET",
      "nothing/here",
      404,
      ['no handler for route "nothing/here". route entry not found.'],
    ],
    [
      "a path its engine does not have",
      "GET",
      "database/none",
      404,
      ["1 error occurred:\n\t* unsupported path\n\n"],
    ],
    ["an operation its path does not have", "GET", "auth/kubernetes/login", 405, ["unsupported operation"]],
  ])("%s", async (_name, method, path, status, errors) => {
    expect(refusal(await parts().root.call(method, path))).toEqual({ status, errors });
  });

  it("a request without a token", async () => {
    const answer = await parts().root.call("GET", "database/creds/app-role", { token: "" });
    expect(refusal(answer)).toEqual({ status: 403, errors: ["permission denied"] });
  });

  it("a token it does not know", async () => {
    const answer = await parts().root.call("GET", "database/creds/app-role", { token: "hvs.unknown" });
    expect(refusal(answer)).toEqual({ status: 403, errors: [BAD_TOKEN] });
  });

  it("a path that no policy of the token names, whether or not it exists", async () => {
    const token = await parts().login();
    for (const path of ["database/config/postgres", "nothing/here"]) {
      const answer = await parts().root.call("GET", path, { token });
      expect(refusal(answer)).toEqual({ status: 403, errors: [DENIED_BY_POLICY] });
    }
  });

  it("an operation that the policy does not allow on a path it names", async () => {
    const token = await parts().login();
    const answer = await parts().root.call("POST", "secret/data/app", { token, body: { data: { a: "b" } } });
    expect(refusal(answer)).toEqual({ status: 403, errors: [DENIED_BY_POLICY] });
  });

  it.each([
    ["a list", "[1]"],
    ["a string", '"text"'],
  ])("a body that is %s", async (_name, body) => {
    const { address, rootToken } = parts().vault;
    const response = await fetch(`${address}/v1/kv/raw`, {
      method: "POST",
      headers: { "x-vault-token": rootToken },
      body,
    });
    expect(response.status).toBe(400);
    expect(await response.text()).toContain("error parsing JSON: failed to parse JSON input");
  });

  it("nothing that a namespace header asks for: without Vault Enterprise it has no meaning", async () => {
    await parts().root.must("POST", "kv/spaced", { a: "b" });
    const answer = await parts().root.call("GET", "kv/spaced", { headers: { "x-vault-namespace": "team" } });
    expect(answer.status).toBe(200);
  });
});

describeVaults("The header X-Vault-Request", {}, (parts) => {
  it.each(["true", "false", ""])("may be %j: a server asks for none", async (value) => {
    const answer = await parts().root.call("GET", "sys/mounts", { headers: { "x-vault-request": value } });
    expect(answer.status).toBe(200);
  });
});

describeVaults("A Vault with a rate limit", {}, (parts) => {
  it("answers 429 below the limited path until the limit is lifted, and names no time", async () => {
    const { root } = parts();
    await root.must("POST", "sys/quotas/rate-limit/tried", { path: "secret/", rate: 2, interval: "60s" });
    const read = () => root.call("GET", "secret/data/none");
    expect([(await read()).status, (await read()).status]).toEqual([404, 404]);
    const limited = await read();
    expect(refusal(limited)).toEqual({
      status: 429,
      errors: ['request path "secret/data/none": rate limit quota exceeded'],
    });
    expect(limited.headers.get("retry-after")).toBeNull();
    expect((await root.call("GET", "kv/none")).status).toBe(404);
    await root.must("DELETE", "sys/quotas/rate-limit/tried");
    expect((await read()).status).toBe(404);
  });
});

describeVaults("A sealed Vault", {}, (parts) => {
  it("answers 503 to everything but its status, and goes on where it was once unsealed", async () => {
    const { root, vault } = parts();
    await root.must("POST", "kv/kept", { a: "b" });
    const token = await parts().login();
    expect((await root.call("PUT", "sys/seal")).status).toBe(204);

    const sealed = { status: 503, errors: ["Vault is sealed"] };
    expect(refusal(await root.call("GET", "kv/kept"))).toEqual(sealed);
    expect(refusal(await root.call("PUT", "sys/leases/renew", { body: { lease_id: "x" } }))).toEqual(sealed);
    const login = { role: "app", jwt: parts().serviceAccountToken() };
    expect(refusal(await root.call("POST", "auth/kubernetes/login", { token: "", body: login }))).toEqual(
      sealed,
    );

    const health = await root.call("GET", "sys/health", { token: "" });
    expect(health.status).toBe(503);
    expect(health.body).toMatchObject({ initialized: true, sealed: true, standby: true });
    expect((await root.call("GET", "sys/health?sealedcode=299", { token: "" })).status).toBe(299);
    expect((await root.call("GET", "sys/seal-status", { token: "" })).body).toMatchObject({
      sealed: true,
      t: 1,
      n: 1,
    });

    const wrong = await root.call("PUT", "sys/unseal", { token: "", body: { key: "AAAA" } });
    expect(refusal(wrong)).toEqual({
      status: 400,
      errors: ["invalid key: key is shorter than minimum 16 bytes"],
    });
    const unsealed = await root.call("PUT", "sys/unseal", { token: "", body: { key: vault.unsealKey } });
    expect(unsealed.body).toMatchObject({ sealed: false });
    await expect.poll(async () => (await root.call("GET", "sys/health")).status).toBe(200);
    expect((await root.call("GET", "kv/kept")).body["data"]).toEqual({ a: "b" });
    expect((await root.call("GET", "auth/token/lookup-self", { token })).status).toBe(200);
  });

  it("says when healthy what it is", async () => {
    const { body, status } = await parts().root.call("GET", "sys/health", { token: "" });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      initialized: true,
      sealed: false,
      standby: false,
      version: parts().vault.version,
    });
    expect(body["cluster_id"]).toEqual(expect.any(String));
  });
});
