import { expect, it } from "vitest";
import { at, describeVaults, refusal } from "../support/each-vault.ts";
import { clientToken } from "../support/parts.ts";

const RULES = `
# exact, glob and segment wildcards
path "kv/exact" { capabilities = ["read"] }
path "kv/glob/*" { capabilities = ["read", "list"] }
path "kv/glob/closed/*" { capabilities = ["deny"] }
path "kv/+/own" { capabilities = ["create", "read"] }
path "kv/team-a/own" { capabilities = ["update"] }
path "kv/+/deep/*" { capabilities = ["delete"] }
`;

describeVaults("A policy", {}, (parts) => {
  const withPolicy = async (policy: string): Promise<string> => {
    await parts().root.must("PUT", "sys/policies/acl/tried", { policy });
    return clientToken(
      await parts().root.must("POST", "auth/token/create", { policies: ["tried"], ttl: "1h" }),
    );
  };

  it.each([
    ["an exact path", "kv/exact", ["read"]],
    ["nothing below an exact path", "kv/exact/below", ["deny"]],
    ["a glob", "kv/glob/a/b", ["list", "read"]],
    ["the longer of two globs", "kv/glob/closed/a", ["deny"]],
    ["a segment wildcard", "kv/any/own", ["create", "read"]],
    ["an exact path rather than a wildcard", "kv/team-a/own", ["update"]],
    ["wildcard and glob together", "kv/any/deep/a/b", ["delete"]],
    ["nothing for what no rule names", "kv/other", ["deny"]],
    ["no more than one segment for a wildcard", "kv/a/b/own", ["deny"]],
  ])("counts for %s", async (_name, path, capabilities) => {
    const token = await withPolicy(RULES);
    const { body } = await parts().root.call("POST", "sys/capabilities-self", {
      token,
      body: { paths: [path] },
    });
    expect(at(body, "data", path)).toEqual(capabilities);
  });

  it("allows what it says and nothing else", async () => {
    const { root } = parts();
    await root.must("POST", "kv/exact", { a: "b" });
    const token = await withPolicy(RULES);
    expect((await root.call("GET", "kv/exact", { token })).status).toBe(200);
    expect((await root.call("POST", "kv/exact", { token, body: { a: "c" } })).status).toBe(403);
    expect((await root.call("DELETE", "kv/exact", { token })).status).toBe(403);
  });

  it("tells creating from changing", async () => {
    const { root } = parts();
    await root.call("DELETE", "kv/fresh/own");
    const token = await withPolicy(RULES);
    expect((await root.call("POST", "kv/fresh/own", { token, body: { a: "b" } })).status).toBe(204);
    expect((await root.call("POST", "kv/fresh/own", { token, body: { a: "c" } })).status).toBe(403);
  });

  it("counts for tokens that exist when it changes", async () => {
    const { root } = parts();
    await root.must("POST", "kv/exact", { a: "b" });
    const token = await withPolicy(RULES);
    await root.must("PUT", "sys/policies/acl/tried", {
      policy: 'path "kv/other" { capabilities = ["read"] }',
    });
    expect((await root.call("GET", "kv/exact", { token })).status).toBe(403);
  });

  it("may be written as JSON", async () => {
    const token = await withPolicy(JSON.stringify({ path: { "kv/json": { capabilities: ["read"] } } }));
    const { body } = await parts().root.call("POST", "sys/capabilities-self", {
      token,
      body: { paths: ["kv/json"] },
    });
    expect(at(body, "data", "kv/json")).toEqual(["read"]);
  });

  it("is read back as written, listed and deleted", async () => {
    const { root } = parts();
    await withPolicy(RULES);
    expect((await root.call("GET", "sys/policies/acl/tried")).body["data"]).toEqual({
      name: "tried",
      policy: RULES,
    });
    expect(at((await root.call("LIST", "sys/policies/acl")).body, "data", "keys")).toEqual([
      "app",
      "default",
      "tried",
      "root",
    ]);
    expect((await root.call("DELETE", "sys/policies/acl/tried")).status).toBe(204);
    expect(refusal(await root.call("GET", "sys/policies/acl/tried"))).toEqual({ status: 404, errors: [] });
  });

  it("with a capability that there is not is refused", async () => {
    const policy = 'path "x" { capabilities = ["fly"] }';
    const answer = await parts().root.call("PUT", "sys/policies/acl/bad", { body: { policy } });
    expect(refusal(answer)).toEqual({
      status: 400,
      errors: ['failed to parse policy: path "x": invalid capability "fly"'],
    });
  });

  it("of root allows everything and cannot be changed", async () => {
    const { root } = parts();
    const { body } = await root.call("POST", "sys/capabilities-self", { body: { paths: ["any/thing"] } });
    expect(at(body, "data", "any/thing")).toEqual(["root"]);
    const answer = await root.call("PUT", "sys/policies/acl/root", { body: { policy: RULES } });
    expect(refusal(answer)).toEqual({ status: 400, errors: ['cannot update "root" policy'] });
  });
});

describeVaults("What a template asks about a path's engine", {}, (parts) => {
  it.each([
    ["secret/app", "secret/", "kv", { version: "2" }],
    ["kv/app", "kv/", "kv", { version: "1" }],
    ["database/creds/app-role", "database/", "database", {}],
  ])("%s", async (path, mount, type, options) => {
    const token = await parts().login();
    const { status, body } = await parts().root.call("GET", `sys/internal/ui/mounts/${path}`, { token });
    expect(status).toBe(200);
    expect(body["data"]).toMatchObject({ path: mount, type, options });
  });

  it("is refused where the token reaches nothing", async () => {
    const token = await parts().login();
    const answer = await parts().root.call("GET", "sys/internal/ui/mounts/none/app", { token });
    expect(answer.status).toBe(403);
    expect(JSON.stringify(answer.body["errors"])).toContain("preflight capability check returned 403");
  });
});
