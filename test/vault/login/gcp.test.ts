import { createVerify, generateKeyPairSync } from "node:crypto";
import { describe, expect, test } from "vitest";
import { loginFailure, startWorld, submitted } from "./world.ts";

describe("by instance", () => {
  test("the identity token is for this Vault and role", async () => {
    await using world = await startWorld({ cloud: () => ({ body: "eyJ.identity\n" }) });
    await world.login("gcp", { type: "gce", role: "app" });
    expect(submitted(world)).toEqual({ role: "app", jwt: "eyJ.identity" });
    const [asked] = world.cloud;
    const url = new URL(asked?.url ?? "", asked?.origin);
    expect(url.origin).toBe("http://metadata.google.internal");
    expect(url.pathname).toBe("/computeMetadata/v1/instance/service-accounts/default/identity");
    expect(Object.fromEntries(url.searchParams)).toEqual({
      audience: `${world.vaultAddress}/vault/app`,
      format: "full",
    });
    expect(asked?.headers["metadata-flavor"]).toBe("Google");
  });

  test("another service account of the instance may be named", async () => {
    await using world = await startWorld({ cloud: () => ({ body: "eyJ" }) });
    await world.login("gcp", { type: "gce", role: "app", service_account: "a@b.iam" });
    expect(world.cloud[0]?.url).toContain("/service-accounts/a%40b.iam/identity");
  });
});

function payloadOf(body: string | undefined): unknown {
  return JSON.parse(JSON.parse(body ?? "{}").payload);
}

describe("by service account", () => {
  test("Google signs a JWT for the pod's own account", async () => {
    await using world = await startWorld({
      cloud: ({ url }) => {
        if (url.endsWith("/token")) return { body: '{"access_token":"ya29"}' };
        if (url.endsWith("/email")) return { body: "app@project.iam.gserviceaccount.com" };
        return { body: '{"keyId":"k","signedJwt":"eyJ.signed"}' };
      },
    });
    await world.login("gcp", { type: "iam", role: "app" });
    expect(submitted(world)).toEqual({ role: "app", jwt: "eyJ.signed" });
    expect(world.cloud[2]).toMatchObject({
      method: "POST",
      origin: "https://iamcredentials.googleapis.com",
      url: "/v1/projects/-/serviceAccounts/app%40project.iam.gserviceaccount.com:signJwt",
      headers: { authorization: "Bearer ya29" },
    });
    expect(payloadOf(world.cloud[2]?.body)).toEqual({
      aud: "http://vault/app",
      sub: "app@project.iam.gserviceaccount.com",
      exp: world.dependencies.now() / 1000 + 15 * 60,
    });
  });

  test("a key in the configuration buys the access token", async () => {
    const { privateKey, publicKey } = generateKeyPairSync("rsa", { modulusLength: 2048 });
    await using world = await startWorld({
      cloud: ({ url }) => ({
        body: url === "/token" ? '{"access_token":"ya29"}' : '{"signedJwt":"eyJ.signed"}',
      }),
    });
    const credentials = JSON.stringify({
      type: "service_account",
      client_email: "key@project.iam",
      private_key_id: "kid-1",
      private_key: privateKey.export({ type: "pkcs8", format: "pem" }),
      token_uri: "https://oauth2.googleapis.com/token",
    });
    await world.login("gcp", { type: "iam", role: "app", credentials, jwt_exp: "5" });
    expect(submitted(world)).toEqual({ role: "app", jwt: "eyJ.signed" });
    const form = new URLSearchParams(world.cloud[0]?.body);
    expect(form.get("grant_type")).toBe("urn:ietf:params:oauth:grant-type:jwt-bearer");
    const [header = "", claims = "", signature = ""] = (form.get("assertion") ?? "").split(".");
    const verify = createVerify("RSA-SHA256").update(`${header}.${claims}`);
    expect(verify.verify(publicKey, signature, "base64url")).toBe(true);
    const seconds = world.dependencies.now() / 1000;
    expect(JSON.parse(Buffer.from(claims, "base64url").toString())).toEqual({
      iss: "key@project.iam",
      scope: "https://www.googleapis.com/auth/cloud-platform",
      aud: "https://oauth2.googleapis.com/token",
      iat: seconds,
      exp: seconds + 3600,
    });
    expect(payloadOf(world.cloud[1]?.body)).toMatchObject({ sub: "key@project.iam", exp: seconds + 300 });
  });

  test.each([
    ["no JSON", "hello", "are no JSON"],
    ["another kind", '{"type":"authorized_user"}', '"authorized_user" are not supported'],
    [
      "a key that is none",
      '{"type":"service_account","client_email":"a","private_key_id":"k","private_key":"hello"}',
      "private key",
    ],
  ])("credentials that are %s are refused, and not shown", async (_what, credentials, problem) => {
    await using world = await startWorld();
    world.files.set("/key.json", credentials);
    world.environment.GOOGLE_APPLICATION_CREDENTIALS = "/key.json";
    const error = await loginFailure(world.login("gcp", { type: "iam", role: "app" }));
    expect(error.message).toContain(problem);
    expect(error.message).not.toContain("hello");
  });

  test.each([
    [{ type: "vm" }, "write gce or iam"],
    [{ type: "iam", jwt_exp: "soon" }, "whole number of minutes"],
  ])("configuration %o is refused", async (config, problem) => {
    await using world = await startWorld();
    expect((await loginFailure(world.login("gcp", { role: "app", ...config }))).message).toContain(problem);
  });
});
