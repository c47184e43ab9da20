import { describe, expect, test } from "vitest";
import { createSecretStore } from "../../src/agent/secret-store.ts";
import { callVault } from "../../src/agent/vault-calls.ts";
import { plainAgentConfig } from "../../src/dev/agent-config.ts";
import type { VaultClient, VaultResponse } from "../../src/vault/response.ts";
import { loginDouble } from "./login-double.ts";

const LOOKED_UP: VaultResponse = {
  status: 200,
  requestId: "request",
  leaseId: "",
  leaseDurationSeconds: 0,
  renewable: false,
  data: { ttl: 60, renewable: false },
  auth: null,
  wrapToken: null,
  warnings: [],
  body: "",
};

const client: VaultClient = { address: "double", send: async () => LOOKED_UP, close: () => undefined };

describe("a login with the token of a file", () => {
  test("is a session of its own only when the token is another one", async () => {
    let token = "hvs.first";
    const plain = plainAgentConfig("/pod", "double");
    const auth = { ...plain.auth, type: "token_file", config: { token_file_path: "/vault-token" } };
    const store = createSecretStore();
    const logIn = (sessionId: number) =>
      callVault(
        {
          config: { ...plain, auth },
          client,
          store,
          templates: undefined,
          login: loginDouble(client, () => token),
          dependencyOf: () => undefined,
          chosenOf: () => undefined,
          wallNow: () => 0,
          failed: () => undefined,
        },
        { kind: "login", sessionId },
      );
    expect(await logIn(1)).toMatchObject({ kind: "logged-in", sessionId: 1, ttlSeconds: 60 });
    expect(await logIn(2)).toMatchObject({ kind: "logged-in", sessionId: 1 });
    token = "hvs.second";
    expect(await logIn(2)).toMatchObject({ kind: "logged-in", sessionId: 2 });
    expect([...store.tokens]).toEqual([
      [1, "hvs.first"],
      [2, "hvs.second"],
    ]);
  });
});
