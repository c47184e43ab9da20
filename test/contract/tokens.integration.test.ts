import { expect, it } from "vitest";
import type { JsonObject } from "../../src/json.ts";
import { at, describeVaults, refusal, textAt } from "../support/each-vault.ts";
import { clientToken } from "../support/parts.ts";

const INVALID = "2 errors occurred:\n\t* permission denied\n\t* invalid token\n\n";

const TTLS = { tokenTtlSeconds: 600, tokenMaxTtlSeconds: 1200 };

describeVaults("A token", { kubernetes: TTLS }, (parts) => {
  const create = async (body: JsonObject, token?: string): Promise<string> => {
    const answer = await parts().root.call("POST", "auth/token/create", { body, token });
    expect(answer.status).toBe(200);
    return clientToken(answer.body);
  };
  const status = async (token: string): Promise<number> =>
    (await parts().root.call("GET", "auth/token/lookup-self", { token })).status;

  it("tells about itself", async () => {
    const token = await parts().login();
    const { body } = await parts().root.call("GET", "auth/token/lookup-self", { token });
    expect(body["data"]).toMatchObject({
      id: token,
      creation_ttl: 600,
      display_name: "kubernetes-default-app",
      explicit_max_ttl: 0,
      num_uses: 0,
      orphan: true,
      path: "auth/kubernetes/login",
      policies: ["app", "default"],
      renewable: true,
      type: "service",
      meta: { role: "app" },
    });
    expect(Number(at(body, "data", "ttl"))).toBeGreaterThan(590);
  });

  it("is renewed by its holder, no further than its maximum", async () => {
    const token = await parts().login();
    const renewed = await parts().root.call("PUT", "auth/token/renew-self", { token, body: {} });
    expect(renewed.body["auth"]).toMatchObject({ client_token: token, lease_duration: 600, renewable: true });
    const capped = await parts().root.call("PUT", "auth/token/renew-self", {
      token,
      body: { increment: "10h" },
    });
    expect(Number(at(capped.body, "auth", "lease_duration"))).toBeGreaterThan(1190);
    expect(Number(at(capped.body, "auth", "lease_duration"))).toBeLessThanOrEqual(1200);
    expect(capped.body["warnings"]).toEqual([
      expect.stringMatching(
        /^TTL of "10h" exceeded the effective max_ttl of "(20m|19m5\ds)"; TTL value is capped/,
      ),
    ]);
  });

  it("that never ends cannot be renewed", async () => {
    const answer = await parts().root.call("PUT", "auth/token/renew-self", { body: {} });
    expect(refusal(answer)).toEqual({ status: 400, errors: ["lease is not renewable"] });
  });

  it("is nothing any more once it revoked itself", async () => {
    const token = await parts().login();
    expect((await parts().root.call("PUT", "auth/token/revoke-self", { token })).status).toBe(204);
    const answer = await parts().root.call("GET", "auth/token/lookup-self", { token });
    expect(refusal(answer)).toEqual({ status: 403, errors: [INVALID] });
  });

  it("takes its children with it, but no orphan", async () => {
    const parent = await create({ ttl: "1h" });
    const child = await create({ ttl: "1h" }, parent);
    const grandchild = await create({ ttl: "1h" }, child);
    const orphan = await create({ ttl: "1h", no_parent: true }, parent);
    await parts().root.must("PUT", "auth/token/revoke", { token: parent });
    for (const token of [parent, child, grandchild]) {
      await expect.poll(() => status(token), { timeout: 10_000 }).toBe(403);
    }
    expect(await status(orphan)).toBe(200);
  });

  it("ends on its own", async () => {
    const token = await create({ ttl: "1s" });
    await expect.poll(() => status(token), { timeout: 10_000 }).toBe(403);
  });

  it("with a number of uses ends with the last", async () => {
    const token = await create({ ttl: "1h", num_uses: 2 });
    expect([await status(token), await status(token), await status(token)]).toEqual([200, 200, 403]);
  });

  it("with a period is renewed for that period, again and again", async () => {
    const token = await create({ period: "90s", policies: ["app"] });
    const renewed = await parts().root.call("PUT", "auth/token/renew-self", {
      token,
      body: { increment: "10h" },
    });
    expect(at(renewed.body, "auth", "lease_duration")).toBe(90);
  });

  it("gives away no more policies than it has", async () => {
    const token = await create({ ttl: "1h", policies: ["default"] });
    const answer = await parts().root.call("POST", "auth/token/create", {
      token,
      body: { policies: ["app"] },
    });
    expect(answer.status).toBe(403);
  });

  it("is found, renewed and revoked by its accessor, which does not show it", async () => {
    const { root } = parts();
    const made = await root.must("POST", "auth/token/create", {
      ttl: "1h",
      display_name: "my app",
      meta: { a: "b" },
    });
    const accessor = textAt(made, "auth", "accessor");
    const found = await root.call("POST", "auth/token/lookup-accessor", { body: { accessor } });
    expect(found.body["data"]).toMatchObject({ id: "", display_name: "token-my-app", meta: { a: "b" } });
    expect(at((await root.call("LIST", "auth/token/accessors")).body, "data", "keys")).toContain(accessor);
    expect((await root.call("POST", "auth/token/revoke-accessor", { body: { accessor } })).status).toBe(204);
    expect(await status(clientToken(made))).toBe(403);
    const again = await root.call("POST", "auth/token/revoke-accessor", { body: { accessor } });
    expect(again.body["warnings"]).toEqual(["No token found with this accessor"]);
  });

  it.each([
    ["lookup", 403, "bad token"],
    ["renew", 400, "token not found"],
  ])("that does not exist is refused by %s", async (operation, expected, error) => {
    const answer = await parts().root.call("POST", `auth/token/${operation}`, { body: { token: "none" } });
    expect(refusal(answer)).toEqual({ status: expected, errors: [error] });
  });

  it("works as a bearer token too", async () => {
    const token = await parts().login();
    const headers = { authorization: `Bearer ${token}` };
    const answer = await parts().root.call("GET", "auth/token/lookup-self", { token: "", headers });
    expect(at(answer.body, "data", "id")).toBe(token);
  });
});
