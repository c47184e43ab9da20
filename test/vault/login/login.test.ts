import { describe, expect, test } from "vitest";
import { failureOf } from "../doubles.ts";
import { GRANTED, loginFailure, startWorld, submitted } from "./world.ts";

const TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

describe("any login", () => {
  test("returns the token that Vault grants", async () => {
    await using world = await startWorld();
    world.files.set(TOKEN, "jwt");
    expect(await world.login("kubernetes", { role: "app" })).toEqual({
      clientToken: "hvs.new",
      accessor: "a",
      policies: ["p"],
      leaseDurationSeconds: 60,
      renewable: true,
      numUses: 0,
    });
  });

  test.each([
    ["auth/k8s/prod", "/v1/auth/k8s/prod/login"],
    ["/auth/k8s/", "/v1/auth/k8s/login"],
    ["", "/v1/auth/kubernetes/login"],
  ])("goes to its mount: %j", async (mountPath, url) => {
    await using world = await startWorld();
    world.files.set(TOKEN, "jwt");
    await world.login("kubernetes", { role: "app" }, mountPath);
    expect(world.vault[0]).toMatchObject({ method: "POST", url });
  });

  test("goes to its namespace", async () => {
    await using world = await startWorld({ namespace: "team" });
    world.files.set(TOKEN, "jwt");
    await world.login("kubernetes", { role: "app" });
    expect(world.vault[0]?.headers["x-vault-namespace"]).toBe("team");
  });

  test("of an unknown method names the known ones", async () => {
    await using world = await startWorld();
    const error = await loginFailure(world.login("kubernets", {}));
    expect(error.retryable).toBe(false);
    expect(error.message).toBe(
      'Auth method "kubernets" is not known; use one of kubernetes, jwt, approle, cert, token_file, userpass, ldap, ' +
        "aws, gcp, azure.",
    );
  });

  test.each([
    ["kubernetes", {}, "role"],
    ["jwt", { role: "r" }, "path"],
    ["jwt", { path: "/p" }, "role"],
    ["approle", {}, "role_id_file_path"],
    ["token_file", {}, "token_file_path"],
    ["userpass", { password_file_path: "/p" }, "username"],
    ["ldap", { username: "u" }, "password_file_path"],
    ["aws", { type: "iam" }, "role"],
    ["aws", { role: "r" }, "type"],
    ["gcp", { role: "r" }, "type"],
    ["azure", { role: "r" }, "resource"],
  ])("by %s with %o lacks %s", async (type, config, key) => {
    await using world = await startWorld();
    const error = await loginFailure(world.login(type, config));
    expect(error).toMatchObject({ code: "KEYCARD_LOGIN", retryable: false });
    expect(error.message).toContain(`Auth method ${type}: its configuration lacks ${key}`);
    expect(world.vault).toHaveLength(0);
  });

  test("without a token in the answer says what may be behind it", async () => {
    await using world = await startWorld({ vault: () => ({ body: '{"auth":{"client_token":""}}' }) });
    world.files.set(TOKEN, "jwt");
    const error = await loginFailure(world.login("kubernetes", { role: "app" }));
    expect(error.message).toContain("second factor");
  });

  test("answered by something else than Vault may succeed the next time", async () => {
    await using world = await startWorld({ vault: () => ({ body: '{"status":"ok"}' }) });
    world.files.set(TOKEN, "jwt");
    const error = await loginFailure(world.login("kubernetes", { role: "app" }));
    expect(error.retryable).toBe(true);
    expect(error.message).toContain("no proxy answers in its place");
  });

  test("whose token may be used a few times only is told of", async () => {
    const auth = { client_token: "hvs.t", lease_duration: 60, renewable: true, num_uses: 5 };
    await using world = await startWorld({ vault: () => ({ body: JSON.stringify({ auth }) }) });
    world.files.set(TOKEN, "jwt");
    await world.login("kubernetes", { role: "app" });
    expect(world.warnings).toEqual([expect.stringContaining("set token_num_uses of its role to 0")]);
  });

  test("that Vault refuses ends with the method's own advice", async () => {
    await using world = await startWorld({
      vault: () => ({ status: 403, body: '{"errors":["service account name not authorized"]}' }),
    });
    world.files.set(TOKEN, "eyJ.s3cret");
    const error = await failureOf(world.login("kubernetes", { role: "app" }));
    expect(error).toMatchObject({ kind: "denied", status: 403 });
    expect(error.message).toContain(
      "service account name not authorized. Check that the role exists at this mount",
    );
    expect(error.message).not.toContain("s3cret");
  });

  test("that Vault cannot take now keeps the advice for that", async () => {
    await using world = await startWorld({
      vault: () => ({ status: 503, body: '{"errors":["Vault is sealed"]}' }),
    });
    world.files.set(TOKEN, "jwt");
    const error = await failureOf(world.login("kubernetes", { role: "app" }));
    expect(error.message).toContain("Unseal Vault.");
  });
});

describe("by service account", () => {
  test("the token is read anew each time, without the white space around it", async () => {
    await using world = await startWorld();
    world.files.set("/projected/token", " first\n");
    await world.login("kubernetes", { role: "app", token_path: "/projected/token" });
    expect(submitted(world)).toEqual({ role: "app", jwt: "first" });
    world.files.set("/projected/token", "second");
    await world.login("kubernetes", { role: "app", token_path: "/projected/token" });
    expect(submitted(world)).toEqual({ role: "app", jwt: "second" });
  });

  test.each([
    ["missing", undefined, "cannot be read"],
    ["empty", "\n", "is empty"],
  ])("a token that is %s may come later", async (_what, content, problem) => {
    await using world = await startWorld();
    if (content !== undefined) world.files.set(TOKEN, content);
    const error = await loginFailure(world.login("kubernetes", { role: "app" }));
    expect(error.retryable).toBe(true);
    expect(error.message).toContain(`The service-account token ${TOKEN} ${problem}`);
  });
});

describe("by JWT", () => {
  test("the file is removed once read, and what it held is used until a new one comes", async () => {
    await using world = await startWorld();
    world.files.set("/jwt", "one");
    const config = { role: "app", path: "/jwt" };
    await world.login("jwt", config);
    expect(world.removed).toEqual(["/jwt"]);
    await world.login("jwt", config);
    expect(submitted(world)).toEqual({ role: "app", jwt: "one" });
    world.files.set("/jwt", "two");
    await world.login("jwt", config);
    expect(submitted(world)).toEqual({ role: "app", jwt: "two" });
  });

  test("the file stays when told so", async () => {
    await using world = await startWorld();
    world.files.set("/jwt", "one");
    await world.login("jwt", { role: "app", path: "/jwt", remove_jwt_after_reading: "false" });
    expect(world.removed).toEqual([]);
  });

  test("the file behind a symbolic link is removed when told so", async () => {
    await using world = await startWorld();
    world.files.set("/jwt", "one").set("/jwt.real", "one");
    await world.login("jwt", { role: "app", path: "/jwt", remove_jwt_follows_symlinks: "true" });
    expect(world.removed).toEqual(["/jwt.real"]);
  });

  test("a file that cannot be removed is no reason to fail", async () => {
    await using world = await startWorld();
    world.files.set("/jwt", "s3cret");
    await world.login("jwt", { role: "app", path: "/jwt", remove_jwt_follows_symlinks: "true" });
    expect(world.warnings).toEqual([
      "The JWT file /jwt was read but cannot be removed: EROFS: read-only file system",
    ]);
  });

  test("a switch that is neither true nor false is named", async () => {
    await using world = await startWorld();
    world.files.set("/jwt", "one");
    const config = { role: "app", path: "/jwt", remove_jwt_after_reading: "yes" };
    const error = await loginFailure(world.login("jwt", config));
    expect(error.message).toContain('remove_jwt_after_reading is "yes"; write true or false.');
  });
});

describe("by AppRole", () => {
  test("role ID and secret ID come from files, the secret ID's is removed", async () => {
    await using world = await startWorld();
    world.files.set("/role", "role-id\n").set("/secret", "secret-id\n");
    const config = { role_id_file_path: "/role", secret_id_file_path: "/secret" };
    await world.login("approle", config);
    expect(submitted(world)).toEqual({ role_id: "role-id", secret_id: "secret-id" });
    expect(world.removed).toEqual(["/secret"]);
    await world.login("approle", config);
    expect(submitted(world)).toEqual({ role_id: "role-id", secret_id: "secret-id" });
  });

  test("a role may need no secret ID", async () => {
    await using world = await startWorld();
    world.files.set("/role", "role-id");
    await world.login("approle", { role_id_file_path: "/role" });
    expect(submitted(world)).toEqual({ role_id: "role-id" });
  });

  const wrapped = {
    role_id_file_path: "/role",
    secret_id_file_path: "/secret",
    secret_id_response_wrapping_path: "auth/approle/role/app/secret-id",
  };

  test("a wrapped secret ID is looked up, unwrapped once, and remembered", async () => {
    await using world = await startWorld({
      vault: ({ url }) => {
        if (url === "/v1/sys/wrapping/lookup") {
          return { body: '{"data":{"creation_path":"auth/approle/role/app/secret-id"}}' };
        }
        if (url === "/v1/sys/wrapping/unwrap") return { body: '{"data":{"secret_id":"unwrapped"}}' };
        return { body: JSON.stringify(GRANTED) };
      },
    });
    world.files.set("/role", "role-id").set("/secret", "hvs.wrapping");
    await world.login("approle", wrapped);
    expect(submitted(world)).toEqual({ role_id: "role-id", secret_id: "unwrapped" });
    expect(world.vault.map(({ url }) => url)).toEqual([
      "/v1/sys/wrapping/lookup",
      "/v1/sys/wrapping/unwrap",
      "/v1/auth/approle/login",
    ]);
    expect(world.vault[1]?.headers["x-vault-token"]).toBe("hvs.wrapping");
    await world.login("approle", wrapped);
    expect(submitted(world)).toEqual({ role_id: "role-id", secret_id: "unwrapped" });
    expect(world.vault).toHaveLength(4);
  });

  test("a wrapped secret ID whose file cannot be removed is not unwrapped again, but another one is", async () => {
    await using world = await startWorld({
      vault: ({ url, headers }) => {
        if (url === "/v1/sys/wrapping/lookup") {
          return {
            body: JSON.stringify({ data: { creation_path: wrapped.secret_id_response_wrapping_path } }),
          };
        }
        const data = { secret_id: `of ${headers["x-vault-token"]}` };
        if (url === "/v1/sys/wrapping/unwrap") return { body: JSON.stringify({ data }) };
        return { body: JSON.stringify(GRANTED) };
      },
    });
    world.files.set("/role", "role-id").set("/secret", "hvs.first");
    const keep = { ...wrapped, remove_secret_id_file_after_reading: "false" };
    const unwrapped = (): number => world.vault.filter(({ url }) => url.endsWith("/unwrap")).length;
    await world.login("approle", keep);
    await world.login("approle", keep);
    expect(submitted(world)).toEqual({ role_id: "role-id", secret_id: "of hvs.first" });
    expect(unwrapped()).toBe(1);
    world.files.set("/secret", "hvs.second");
    await world.login("approle", keep);
    expect(submitted(world)).toEqual({ role_id: "role-id", secret_id: "of hvs.second" });
    expect(unwrapped()).toBe(2);
  });

  test("a token that was wrapped elsewhere is not used", async () => {
    await using world = await startWorld({
      vault: () => ({ body: '{"data":{"creation_path":"sys/wrapping/wrap"}}' }),
    });
    world.files.set("/role", "role-id").set("/secret", "hvs.wrapping");
    const error = await loginFailure(world.login("approle", wrapped));
    expect(error.retryable).toBe(false);
    expect(error.message).toContain(
      'was created at "sys/wrapping/wrap", not at "auth/approle/role/app/secret-id"',
    );
    expect(world.vault.map(({ url }) => url)).toEqual(["/v1/sys/wrapping/lookup"]);
    expect(world.removed).toEqual([]);
  });

  test("a wrapping token without a secret ID is told", async () => {
    await using world = await startWorld({
      vault: () => ({ body: '{"data":{"creation_path":"auth/approle/role/app/secret-id"}}' }),
    });
    world.files.set("/role", "role-id").set("/secret", "hvs.wrapping");
    expect((await loginFailure(world.login("approle", wrapped))).message).toContain("wraps no secret_id");
  });
});

describe("by token file", () => {
  test("the token is looked up and used as it is", async () => {
    await using world = await startWorld({
      vault: () => ({ body: '{"data":{"accessor":"acc","policies":["p"],"ttl":120,"renewable":true}}' }),
    });
    world.files.set("/token", "hvs.given\n");
    expect(await world.login("token_file", { token_file_path: "/token" })).toEqual({
      clientToken: "hvs.given",
      accessor: "acc",
      policies: ["p"],
      leaseDurationSeconds: 120,
      renewable: true,
      numUses: 0,
    });
    expect(world.vault[0]).toMatchObject({ method: "GET", url: "/v1/auth/token/lookup-self" });
    expect(world.removed).toEqual([]);
  });
});

describe("by password", () => {
  test.each(["userpass", "ldap"])("%s sends it for the user, and removes its file", async (type) => {
    await using world = await startWorld();
    world.files.set("/password", "s3cret\n");
    await world.login(type, { username: "app user", password_file_path: "/password" });
    expect(world.vault[0]?.url).toBe(`/v1/auth/${type}/login/app%20user`);
    expect(submitted(world)).toEqual({ password: "s3cret" });
    expect(world.removed).toEqual(["/password"]);
  });
});

describe("by client certificate", () => {
  test("the connection's is shown, for a role if one is named", async () => {
    await using world = await startWorld();
    await world.login("cert", {});
    expect(submitted(world)).toEqual({});
    await world.login("cert", { name: "web" });
    expect(submitted(world)).toEqual({ name: "web" });
    expect(world.clientsWith).toEqual([]);
  });

  test("the method's own files win over the connection's", async () => {
    await using world = await startWorld();
    await world.login("cert", { client_cert: "/tls.crt", client_key: "/tls.key", ca_cert: "/ca.crt" });
    expect(world.clientsWith).toEqual([
      { caCertFile: "/ca.crt", clientCertFile: "/tls.crt", clientKeyFile: "/tls.key" },
    ]);
    expect(world.vault[0]?.url).toBe("/v1/auth/cert/login");
  });
});
