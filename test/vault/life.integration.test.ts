import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { checkLogin } from "../../src/postgres/login-check.ts";
import { loginDependencies } from "../../src/vault/login/dependencies.ts";
import { login } from "../../src/vault/login/login.ts";
import {
  lookupLease,
  lookupSelf,
  renewLease,
  renewSelf,
  revokeLease,
  revokeSelf,
} from "../../src/vault/operations.ts";
import type { VaultAuth } from "../../src/vault/response.ts";
import { describeVaults, textAt } from "../support/each-vault.ts";
import { clientOf, connectionTo, failureOf } from "./doubles.ts";

let directory: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "keycard-life-"));
});

afterAll(() => rm(directory, { recursive: true }));

async function file(name: string, content: string): Promise<string> {
  const path = join(directory, name);
  await writeFile(path, content);
  return path;
}

async function logIn(
  address: string,
  type: string,
  config: Readonly<Record<string, string>>,
): Promise<VaultAuth> {
  using client = clientOf(address);
  const dependencies = loginDependencies({
    connection: connectionTo(address),
    client,
    environment: {},
    warn: (message) => {
      throw new Error(message);
    },
  });
  return await login({ type, mountPath: `auth/${type}`, namespace: "", config }, dependencies);
}

describeVaults("The life of a login", {}, (parts) => {
  const byServiceAccount = async (): Promise<VaultAuth> =>
    logIn(parts().vault.address, "kubernetes", {
      role: "app",
      token_path: await file("jwt", parts().serviceAccountToken()),
    });

  test("is issued, works, is renewed, is looked up, and ends with its lease", async () => {
    using client = clientOf(parts().vault.address);
    const { clientToken: token } = await byServiceAccount();
    const issued = await client.send({ method: "GET", path: "database/creds/app-role", token });
    const credentials = {
      username: textAt(issued.data ?? {}, "username"),
      password: textAt(issued.data ?? {}, "password"),
    };
    const { host, port, database } = parts().postgres;
    const target = { name: "db", url: `postgresql://${host}:${port}/${database}` };
    const check = (): ReturnType<typeof checkLogin> => checkLogin(target, credentials, { timeoutSeconds: 5 });
    expect(await check()).toMatchObject({ kind: "ok" });

    const renewed = await renewLease(client, token, issued.leaseId, 30);
    expect(renewed).toMatchObject({ leaseId: issued.leaseId, renewable: true });
    expect(renewed.ttlSeconds).toBeGreaterThan(0);
    const state = await lookupLease(client, token, issued.leaseId);
    expect(state.ttlSeconds).toBeLessThanOrEqual(renewed.ttlSeconds);

    await revokeLease(client, token, issued.leaseId, { sync: true });
    expect(await check()).toMatchObject({ kind: "refused", sqlstate: "28P01" });
    expect(await failureOf(renewLease(client, token, issued.leaseId, 30))).toMatchObject({
      kind: "invalid",
      errors: ["lease not found"],
    });
  });

  test("ends with its token at the latest", async () => {
    using client = clientOf(parts().vault.address);
    const auth = await byServiceAccount();
    const token = auth.clientToken;
    expect(await lookupSelf(client, token)).toMatchObject({ accessor: auth.accessor, type: "service" });
    expect((await renewSelf(client, token)).clientToken).toBe(token);
    await client.send({ method: "GET", path: "database/creds/app-role", token });
    await revokeSelf(client, token);
    expect(await failureOf(lookupSelf(client, token))).toMatchObject({ kind: "denied", status: 403 });
    await expect.poll(() => parts().roles()).toEqual([]);
  });

  test("by AppRole takes a secret ID that came wrapped", async () => {
    const { root, vault } = parts();
    await root.call("POST", "sys/auth/approle", { body: { type: "approle" } });
    await root.must("POST", "auth/approle/role/app", { token_policies: "app" });
    const roleId = textAt(await root.must("GET", "auth/approle/role/app/role-id"), "data", "role_id");
    const path = "auth/approle/role/app/secret-id";
    const wrapped = await root.call("POST", path, { headers: { "x-vault-wrap-ttl": "60s" } });
    const auth = await logIn(vault.address, "approle", {
      role_id_file_path: await file("role-id", roleId),
      secret_id_file_path: await file("secret-id", textAt(wrapped.body, "wrap_info", "token")),
      secret_id_response_wrapping_path: path,
    });
    expect(auth.policies).toContain("app");
    expect(await readdir(directory)).not.toContain("secret-id");
  });

  test("by token file takes the token as it is", async () => {
    const { root, vault } = parts();
    const created = await root.must("POST", "auth/token/create", { ttl: "5m", policies: ["app"] });
    const token = textAt(created, "auth", "client_token");
    const auth = await logIn(vault.address, "token_file", { token_file_path: await file("token", token) });
    expect(auth).toMatchObject({ clientToken: token, renewable: true });
    expect(auth.leaseDurationSeconds).toBeGreaterThan(200);
  });

  test("lists what is there, and tells what is not", async () => {
    using client = clientOf(parts().vault.address);
    const token = parts().vault.rootToken;
    const { data } = await client.send({ method: "LIST", path: "database/roles", token });
    expect(data).toMatchObject({ keys: expect.arrayContaining(["app-role"]) });
    const missing = client.send({ method: "GET", path: "database/roles/none", token });
    expect(await failureOf(missing)).toMatchObject({ kind: "not-found" });
    const bad = client.send({ method: "GET", path: "database/roles/app-role", token: "hvs.none" });
    expect(await failureOf(bad)).toMatchObject({ kind: "denied" });
    expect((await client.send({ method: "GET", path: "sys/health" })).status).toBe(200);
  });
});
