import { expect, it } from "vitest";
import { at, describeVaults, refusal, textAt } from "../support/each-vault.ts";

const INVALID = { status: 400, errors: ["wrapping token is not valid or does not exist"] };
const HEADERS = { "x-vault-wrap-ttl": "60" };

describeVaults("A wrapped answer", {}, (parts) => {
  it("tells how long it is kept and nothing of what is in it", async () => {
    const token = await parts().login();
    const { status, body } = await parts().root.call("GET", "database/creds/app-role", {
      token,
      headers: HEADERS,
    });
    expect(status).toBe(200);
    expect(body).toMatchObject({ data: null, auth: null, lease_id: "" });
    expect(body["wrap_info"]).toMatchObject({
      token: expect.any(String),
      accessor: expect.any(String),
      ttl: 60,
      creation_time: expect.any(String),
      creation_path: "database/creds/app-role",
    });
  });

  it("comes out whole, lease and all, and only once", async () => {
    const { root } = parts();
    const token = await parts().login();
    const wrapped = await root.call("GET", "database/creds/app-role", { token, headers: HEADERS });
    const wrapping = textAt(wrapped.body, "wrap_info", "token");
    const lookedUp = await root.call("POST", "sys/wrapping/lookup", { token: "", body: { token: wrapping } });
    expect(lookedUp.body["data"]).toMatchObject({
      creation_path: "database/creds/app-role",
      creation_ttl: 60,
    });

    const { body } = await root.call("POST", "sys/wrapping/unwrap", { token: wrapping });
    expect(textAt(body, "lease_id")).toMatch(/^database\/creds\/app-role\//);
    expect(textAt(body, "data", "username")).toMatch(/^v-kubernet-app-role-/);
    expect(refusal(await root.call("POST", "sys/wrapping/unwrap", { token: wrapping }))).toEqual(INVALID);
    const renewal = { lease_id: textAt(body, "lease_id") };
    expect((await root.call("PUT", "sys/leases/renew", { token, body: renewal })).status).toBe(200);
  });

  it("is unwrapped with another token as well", async () => {
    const token = await parts().login();
    const { root } = parts();
    const wrapped = await root.call("POST", "sys/wrapping/wrap", {
      token,
      body: { a: "b" },
      headers: HEADERS,
    });
    const body = { token: textAt(wrapped.body, "wrap_info", "token") };
    expect((await root.call("POST", "sys/wrapping/unwrap", { token, body })).body["data"]).toEqual({
      a: "b",
    });
    expect(refusal(await root.call("POST", "sys/wrapping/unwrap", { token, body }))).toEqual(INVALID);
  });

  it("of a login tells the accessor of the token in it", async () => {
    const body = { role: "app", jwt: parts().serviceAccountToken() };
    const { root } = parts();
    const wrapped = await root.call("POST", "auth/kubernetes/login", { token: "", body, headers: HEADERS });
    const unwrapped = await root.call("POST", "sys/wrapping/unwrap", {
      token: textAt(wrapped.body, "wrap_info", "token"),
    });
    expect(at(unwrapped.body, "auth", "accessor")).toBe(at(wrapped.body, "wrap_info", "wrapped_accessor"));
  });

  it("opens nothing else with its token", async () => {
    const { root } = parts();
    const wrapped = await root.call("POST", "sys/wrapping/wrap", { body: { a: "b" }, headers: HEADERS });
    const token = textAt(wrapped.body, "wrap_info", "token");
    expect((await root.call("GET", "database/creds/app-role", { token })).status).toBe(403);
    expect(refusal(await root.call("POST", "sys/wrapping/unwrap", { token }))).toEqual(INVALID);
  });

  it("is gone after its time", async () => {
    const { root } = parts();
    const headers = { "x-vault-wrap-ttl": "1s" };
    const wrapped = await root.call("POST", "sys/wrapping/wrap", { body: { a: "b" }, headers });
    const body = { token: textAt(wrapped.body, "wrap_info", "token") };
    const lookUp = () => root.call("POST", "sys/wrapping/lookup", { token: "", body });
    await expect.poll(async () => refusal(await lookUp()), { timeout: 10_000 }).toEqual(INVALID);
  });

  it("is made of answers only: a refusal stays one", async () => {
    const answer = await parts().root.call("GET", "kv/none", { headers: HEADERS });
    expect(refusal(answer)).toEqual({ status: 404, errors: [] });
  });

  it.each([
    ["a wrap without a TTL", {}, "endpoint requires response wrapping to be used"],
    [
      "a TTL that is none",
      { "x-vault-wrap-ttl": "abc" },
      'error parsing X-Vault-Wrap-TTL header: time: invalid duration "abc"',
    ],
  ])("is refused for %s", async (_name, headers, error) => {
    const answer = await parts().root.call("POST", "sys/wrapping/wrap", { body: { a: "b" }, headers });
    expect(refusal(answer)).toEqual({ status: 400, errors: [error] });
  });
});
