import { describe, expect, test } from "vitest";
import { NATIVE_AUTH_TYPES } from "../../src/annotations/required.ts";
import { LOGIN_METHODS } from "../../src/vault/login/login.ts";
import { complaints, DROP_IN, NATIVE, read, requestOf } from "./annotated-pod.ts";

describe("the role", () => {
  test.each([
    ["role", { role: "a" }, "a"],
    ["auth-config-role", { role: "", "auth-config-role": "b" }, "b"],
    ["role over auth-config-role", { role: "a", "auth-config-role": "b" }, "a"],
    ["keycard.dev/role over role", { role: "a", "keycard.dev/role": "c" }, "c"],
  ])("comes from %s", (_, annotations, role) => {
    const { auth } = requestOf(annotations, DROP_IN);
    expect([auth.role, auth.config.has("role")]).toEqual([role, false]);
  });

  test("is needed for auth type kubernetes only", () => {
    const withType = (type: string) => read({ "agent-inject": "true", "auth-type": type }, DROP_IN);
    expect(withType("kubernetes")).toMatchObject({
      kind: "invalid",
      problems: [{ annotation: "vault.hashicorp.com/role", message: "no Vault role to log in with: add it" }],
    });
    expect(["jwt", "approle", "aws"].map((type) => withType(type).kind)).toEqual(Array(3).fill("request"));
  });

  test("is the ConfigMap's affair where there is one", () => {
    const annotations = { role: "", service: "", "auth-type": "", "auth-path": "", "agent-configmap": "cm" };
    expect(requestOf(annotations, DROP_IN).agent.configMap).toBe("cm");
    expect(complaints({ ...annotations, "agent-image": "" }, DROP_IN)).toEqual([
      "agent-image: no image for the agent: expected a value, got nothing",
    ]);
  });
});

test("an address of Vault that nobody gave is asked for, of the pod or of the operator", () => {
  const around = { settings: { ...NATIVE.settings, vaultAddress: "" } };
  expect(complaints({}, around)).toEqual([
    "service: no address of Vault: add it, or set AGENT_INJECT_VAULT_ADDR",
  ]);
});

describe("parameters of the auth method", () => {
  test("are text, in the order of their names, with every hyphen an underscore", () => {
    const annotations = {
      "auth-config-token-path": "/t",
      "auth-config-remove-secret-id": "false",
      "auth-config-__proto__": "x",
    };
    expect([...requestOf(annotations, DROP_IN).auth.config]).toEqual([
      ["__proto__", "x"],
      ["remove_secret_id", "false"],
      ["token_path", "/t"],
    ]);
  });

  test("cannot be said twice", () => {
    expect(complaints({ "auth-config-a-b": "1", "auth-config-a_b": "2" }, DROP_IN)).toEqual([
      'auth-config-a_b: sets "a_b", as vault.hashicorp.com/auth-config-a-b does: remove one of them',
    ]);
  });
});

test("engine native refuses a ConfigMap and tells the way out", () => {
  expect(complaints({ "agent-configmap": "cm" }, NATIVE)).toEqual([
    'agent-configmap: is a configuration of Vault Agent, which engine native is not: add keycard.dev/engine: "vault-agent"',
  ]);
  const way = { "agent-configmap": "cm", "keycard.dev/engine": "vault-agent" };
  expect(requestOf(way, NATIVE)).toMatchObject({ engine: "vault-agent", agent: { configMap: "cm" } });
});

test("the ways to log in that admission takes for engine native are those that the agent has", () => {
  expect([...NATIVE_AUTH_TYPES].sort()).toEqual([...LOGIN_METHODS].sort());
});

describe("the Namespace of the request", () => {
  test("counts, whatever the annotation says", () => {
    expect(requestOf({ "agent-request-namespace": "other" }, DROP_IN).namespace).toBe("shop");
  });

  test("must be there", () => {
    expect(complaints({}, { ...DROP_IN, requestNamespace: "" })).toEqual([
      ": kubernetes namespace required: the request names none",
    ]);
  });
});
