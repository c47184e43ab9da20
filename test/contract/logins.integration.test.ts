import { expect, it } from "vitest";
import { createServiceAccountIssuer } from "../../src/dev/service-account.ts";
import type { ApiAnswer } from "../../src/dev/vault-api.ts";
import type { JsonObject } from "../../src/json.ts";
import { at, describeVaults, refusal, textAt } from "../support/each-vault.ts";
import type { Parts } from "../support/parts.ts";

/** A login is sent without a token. */
function login(
  parts: Parts,
  path: string,
  body: JsonObject,
  headers?: Record<string, string>,
): Promise<ApiAnswer> {
  return parts.root.call("POST", `auth/${path}`, { token: "", body, headers });
}

const TOKEN_TTLS = { tokenTtlSeconds: 600, tokenMaxTtlSeconds: 1200 };

describeVaults("Login with a service-account token", { kubernetes: TOKEN_TTLS }, (parts) => {
  const sign = (claims: { namespace?: string; serviceAccount?: string; ttlSeconds?: number } = {}): string =>
    parts().issuer.sign({ namespace: "default", serviceAccount: "app", ...claims });

  it("gives a renewable token with the role's policies and the account's names", async () => {
    const { status, body } = await login(parts(), "kubernetes/login", { role: "app", jwt: sign() });
    expect(status).toBe(200);
    expect(body).toMatchObject({ data: null, lease_id: "", wrap_info: null });
    expect(body["auth"]).toMatchObject({
      client_token: expect.stringMatching(/^hvs\./),
      accessor: expect.any(String),
      policies: ["app", "default"],
      token_policies: ["app", "default"],
      lease_duration: 600,
      renewable: true,
      orphan: true,
      token_type: "service",
      num_uses: 0,
      metadata: {
        role: "app",
        service_account_name: "app",
        service_account_namespace: "default",
        service_account_uid: expect.stringMatching(/^[0-9a-f-]{36}$/),
      },
    });
  });

  it("asks the API server about every token", async () => {
    const before = parts().logins();
    await login(parts(), "kubernetes/login", { role: "app", jwt: sign() });
    await login(parts(), "kubernetes/login", { role: "app", jwt: sign() });
    expect(parts().logins() - before).toBe(2);
  });

  it.each<[string, (sign: () => string) => JsonObject, number, string]>([
    ["an unknown role", (jwt) => ({ role: "none", jwt: jwt() }), 400, 'invalid role name "none"'],
    ["no role", (jwt) => ({ jwt: jwt() }), 400, "missing role"],
    ["no token", () => ({ role: "app" }), 400, "missing jwt"],
    ["something that is no token", () => ({ role: "app", jwt: "x.y.z" }), 403, "permission denied"],
  ])("is refused with %s", async (_name, body, status, error) => {
    expect(refusal(await login(parts(), "kubernetes/login", body(sign)))).toEqual({
      status,
      errors: [error],
    });
  });

  it.each([
    ["of another namespace", { namespace: "other" }, "namespace not authorized"],
    ["of another account", { serviceAccount: "other" }, "service account name not authorized"],
    ["that has expired", { ttlSeconds: -300 }, "invalid expiration time (exp) claim: token is expired"],
  ])("is refused for a token %s", async (_name, claims, error) => {
    const answer = await login(parts(), "kubernetes/login", { role: "app", jwt: sign(claims) });
    expect(refusal(answer)).toEqual({ status: 403, errors: [error] });
  });

  it("is refused for a token that another cluster signed", async () => {
    const jwt = createServiceAccountIssuer().sign({ namespace: "default", serviceAccount: "app" });
    const answer = await login(parts(), "kubernetes/login", { role: "app", jwt });
    expect(refusal(answer)).toEqual({ status: 403, errors: ["permission denied"] });
  });

  it("is refused with 403 at a path without an auth method", async () => {
    const answer = await login(parts(), "nowhere/login", { role: "app", jwt: sign() });
    expect(refusal(answer)).toEqual({ status: 403, errors: ["permission denied"] });
  });
});

describeVaults("Login with a token for an audience", { kubernetes: { audience: "vault" } }, (parts) => {
  it("takes a token for the role's audience and no other", async () => {
    const claims = { namespace: "default", serviceAccount: "app" };
    const right = parts().issuer.sign({ ...claims, audience: "vault" });
    expect((await login(parts(), "kubernetes/login", { role: "app", jwt: right })).status).toBe(200);
    const wrong = parts().issuer.sign(claims);
    expect(refusal(await login(parts(), "kubernetes/login", { role: "app", jwt: wrong }))).toEqual({
      status: 403,
      errors: ["invalid audience (aud) claim: audience claim does not match any expected audience"],
    });
  });
});

describeVaults("Login with AppRole", {}, (parts) => {
  async function appRole(role: JsonObject = {}): Promise<{ role_id: string; secret_id: string }> {
    const { root } = parts();
    await root.call("POST", "sys/auth/approle", { body: { type: "approle" } });
    await root.must("POST", "auth/approle/role/app", { token_policies: "app", token_ttl: "20m", ...role });
    const roleId = await root.must("GET", "auth/approle/role/app/role-id");
    const secretId = await root.must("POST", "auth/approle/role/app/secret-id", {});
    return { role_id: textAt(roleId, "data", "role_id"), secret_id: textAt(secretId, "data", "secret_id") };
  }

  it("gives a token for role id and secret id", async () => {
    const { status, body } = await login(parts(), "approle/login", await appRole());
    expect(status).toBe(200);
    expect(body["auth"]).toMatchObject({
      policies: ["app", "default"],
      lease_duration: 1200,
      metadata: { role_name: "app" },
    });
  });

  it("takes a secret id as often as its role allows", async () => {
    const credentials = await appRole({ secret_id_num_uses: 1 });
    expect((await login(parts(), "approle/login", credentials)).status).toBe(200);
    expect(refusal(await login(parts(), "approle/login", credentials))).toEqual({
      status: 400,
      errors: ["invalid role or secret ID"],
    });
  });

  it("refuses wrong and missing ids", async () => {
    const { role_id, secret_id } = await appRole();
    const invalid = { status: 400, errors: ["invalid role or secret ID"] };
    expect(refusal(await login(parts(), "approle/login", { role_id, secret_id: "no" }))).toEqual(invalid);
    expect(refusal(await login(parts(), "approle/login", { role_id: "no", secret_id }))).toEqual(invalid);
    expect(refusal(await login(parts(), "approle/login", { role_id }))).toEqual({
      status: 400,
      errors: ["missing secret_id"],
    });
  });

  it("hands a secret id out wrapped, once", async () => {
    const { role_id } = await appRole();
    const { root } = parts();
    const wrapped = await root.call("POST", "auth/approle/role/app/secret-id", {
      body: {},
      headers: { "x-vault-wrap-ttl": "60s" },
    });
    const token = textAt(wrapped.body, "wrap_info", "token");
    expect(wrapped.body["wrap_info"]).toMatchObject({
      ttl: 60,
      creation_path: "auth/approle/role/app/secret-id",
      wrapped_accessor: expect.any(String),
    });
    const unwrapped = await root.call("POST", "sys/wrapping/unwrap", { token });
    const secret_id = textAt(unwrapped.body, "data", "secret_id");
    expect((await login(parts(), "approle/login", { role_id, secret_id })).status).toBe(200);
    expect(refusal(await root.call("POST", "sys/wrapping/unwrap", { token }))).toEqual({
      status: 400,
      errors: ["wrapping token is not valid or does not exist"],
    });
  });
});

describeVaults("Login with a JWT", {}, (parts) => {
  async function jwtAuth(): Promise<void> {
    const { root, issuer } = parts();
    await root.call("POST", "sys/auth/jwt", { body: { type: "jwt" } });
    await root.must("POST", "auth/jwt/config", {
      jwt_validation_pubkeys: issuer.publicKey,
      bound_issuer: issuer.issuer,
    });
    const role = { role_type: "jwt", user_claim: "sub", bound_audiences: "vault", token_policies: "app" };
    await root.must("POST", "auth/jwt/role/app", role);
  }
  const sign = (claims: { audience?: string; ttlSeconds?: number } = {}): string =>
    parts().issuer.sign({ namespace: "default", serviceAccount: "app", audience: "vault", ...claims });

  it("gives a token for a JWT that the role's bounds fit", async () => {
    await jwtAuth();
    const { status, body } = await login(parts(), "jwt/login", { role: "app", jwt: sign() });
    expect(status).toBe(200);
    expect(body["auth"]).toMatchObject({ policies: ["app", "default"], metadata: { role: "app" } });
  });

  it.each<
    [string, (sign: (claims?: { audience?: string; ttlSeconds?: number }) => string) => JsonObject, string]
  >([
    [
      "another audience",
      (jwt) => ({ role: "app", jwt: jwt({ audience: "other" }) }),
      "error validating token: invalid audience (aud) claim: audience claim does not match any expected audience",
    ],
    [
      "an expired JWT",
      (jwt) => ({ role: "app", jwt: jwt({ ttlSeconds: -300 }) }),
      "error validating token: invalid expiration time (exp) claim: token is expired",
    ],
    [
      "another issuer's JWT",
      () => ({
        role: "app",
        jwt: createServiceAccountIssuer().sign({ namespace: "a", serviceAccount: "b", audience: "vault" }),
      }),
      "error validating token: error verifying token signature: no known key successfully validated the token signature",
    ],
    ["an unknown role", (jwt) => ({ role: "none", jwt: jwt() }), 'role "none" could not be found'],
    ["no JWT", () => ({ role: "app" }), "missing token"],
    ["no role", (jwt) => ({ jwt: jwt() }), "missing role"],
  ])("is refused with %s", async (_name, body, error) => {
    await jwtAuth();
    expect(refusal(await login(parts(), "jwt/login", body(sign)))).toEqual({ status: 400, errors: [error] });
  });
});

describeVaults("Login with name and password", {}, (parts) => {
  it("gives a token for the right password only", async () => {
    const { root } = parts();
    await root.must("POST", "sys/auth/userpass", { type: "userpass" });
    await root.must("POST", "auth/userpass/users/bob", { password: "right", token_policies: "app" });
    const right = await login(parts(), "userpass/login/bob", { password: "right" });
    expect(at(right.body, "auth", "metadata")).toEqual({ username: "bob" });
    const invalid = { status: 400, errors: ["invalid username or password"] };
    expect(refusal(await login(parts(), "userpass/login/bob", { password: "wrong" }))).toEqual(invalid);
    expect(refusal(await login(parts(), "userpass/login/eve", { password: "right" }))).toEqual(invalid);
  });
});
