import { describe, expect, test } from "vitest";
import type { InjectionPolicy } from "../../src/annotations/settings.ts";
import { DROP_IN, NATIVE, problemsOf, type Surroundings } from "./annotated-pod.ts";

/** The annotations that a policy refuses, with the setting that each refusal names. */
function refused(
  policy: Partial<InjectionPolicy>,
  annotations: Record<string, string>,
  around: Surroundings = DROP_IN,
): readonly string[] {
  return problemsOf(annotations, { ...around, policy }).map(
    ({ annotation, policy: setting }) => `${annotation.replace("vault.hashicorp.com/", "")} by ${setting}`,
  );
}

describe("allowed images", () => {
  const policy = { allowedImages: ["hashicorp/vault:1.20", "registry.example.com/vault/*"] };
  const setting = "KEYCARD_POLICY_ALLOWED_IMAGES";

  test.each(["hashicorp/vault:1.20", "registry.example.com/vault/enterprise:2", "hashicorp/vault:2.0.4"])(
    "%s is one, by name, by prefix or as the operator's own",
    (image) => {
      expect(refused(policy, { "agent-image": image })).toEqual([]);
    },
  );

  test.each([
    "hashicorp/vault:1.20-evil",
    "evil/vault",
    "registry.example.com/vault",
    "registry.example.com/*",
  ])("%s is none", (image) => {
    expect(refused(policy, { "agent-image": image })).toEqual([`agent-image by ${setting}`]);
  });

  test("bind engine native's image, and a Namespace's", () => {
    expect(refused(policy, { "keycard.dev/agent-image": "evil" }, NATIVE)).toEqual([
      `keycard.dev/agent-image by ${setting}`,
    ]);
    expect(refused(policy, {}, { ...DROP_IN, namespace: { "agent-image": "evil" } })).toEqual([
      `agent-image by ${setting}`,
    ]);
  });

  test("do not bind the operator", () => {
    expect(refused(policy, {})).toEqual([]);
  });
});

describe("allowed Vault addresses", () => {
  const policy = { allowedVaultAddresses: ["https://vault.example.com", "http://[fd00::1]:8200"] };

  test.each([
    "https://vault.example.com",
    "https://vault.example.com:443/",
    "HTTPS://Vault.Example.com/v1",
    "http://[FD00::1]:8200",
    "https://vault.vault.svc:8200",
  ])("%s is one", (service) => {
    expect(refused(policy, { service })).toEqual([]);
  });

  test.each([
    "http://vault.example.com",
    "https://vault.example.com:8200",
    "https://vault.example.com.evil.com",
    "https://vault.example.com@evil.com",
    "https://evil.com/https://vault.example.com",
    "https://vault.example.com\\@evil.com",
    "https://evil.com#@vault.example.com",
    "//vault.example.com",
    "",
  ])("%j is none", (service) => {
    expect(refused(policy, { service })).toContain("service by KEYCARD_POLICY_ALLOWED_VAULT_ADDRESSES");
  });
});

test("allowed auth paths are exact", () => {
  const policy = { allowedAuthPaths: ["auth/team-a"] };
  const setting = "KEYCARD_POLICY_ALLOWED_AUTH_PATHS";
  expect(refused(policy, { "auth-path": "auth/team-a" })).toEqual([]);
  expect(refused(policy, { "auth-path": "auth/kubernetes" })).toEqual([]);
  expect(refused(policy, { "auth-path": "auth/team-a/../team-b" })).toEqual([`auth-path by ${setting}`]);
});

test("no root", () => {
  const policy = { denyRoot: true };
  const setting = "KEYCARD_POLICY_DENY_ROOT";
  expect(refused(policy, { "agent-run-as-user": "00", "agent-run-as-group": "-0" })).toEqual([
    `agent-run-as-user by ${setting}`,
    `agent-run-as-group by ${setting}`,
  ]);
  expect(refused(policy, { "agent-set-security-context": "" })).toEqual([
    `agent-set-security-context by ${setting}`,
  ]);
  expect(refused(policy, { "agent-run-as-user": "101", "agent-set-security-context": "true" })).toEqual([]);
});

test("no skipping of the certificate's check", () => {
  const policy = { denyTlsSkipVerify: true };
  expect(refused(policy, { "tls-skip-verify": "1" })).toEqual([
    "tls-skip-verify by KEYCARD_POLICY_DENY_TLS_SKIP_VERIFY",
  ]);
  expect(refused(policy, { "tls-skip-verify": "false" })).toEqual([]);
});

describe("JSON patches", () => {
  const patch = (path: string, more: object = {}) => JSON.stringify([{ op: "add", path, value: 1, ...more }]);

  test("can be refused altogether", () => {
    const both = { "agent-json-patch": patch("/tty"), "agent-init-json-patch": "[]" };
    expect(refused({ denyJsonPatch: true }, both)).toEqual([
      "agent-json-patch by KEYCARD_POLICY_DENY_JSON_PATCH",
      "agent-init-json-patch by KEYCARD_POLICY_DENY_JSON_PATCH",
    ]);
    expect(
      refused({ denyJsonPatch: true }, { "agent-json-patch": "", "agent-init-json-patch": "null" }),
    ).toEqual([]);
  });

  test.each([
    ["/image", { allowedImages: ["x"] }, "ALLOWED_IMAGES"],
    ["", { allowedImages: ["x"] }, "ALLOWED_IMAGES"],
    ["/env/0/value", { allowedVaultAddresses: ["https://x"] }, "ALLOWED_VAULT_ADDRESSES"],
    ["/args/-", { allowedAuthPaths: ["auth/x"] }, "ALLOWED_AUTH_PATHS"],
    ["/command", { denyTlsSkipVerify: true }, "DENY_TLS_SKIP_VERIFY"],
    ["/lifecycle/preStop", { denyTlsSkipVerify: true }, "DENY_TLS_SKIP_VERIFY"],
    ["/startupProbe", { allowedVaultAddresses: ["https://x"] }, "ALLOWED_VAULT_ADDRESSES"],
    ["/securityContext/runAsUser", { denyRoot: true }, "DENY_ROOT"],
  ] as const)("of %j cannot get around %j", (path, policy, setting) => {
    const expected = [`agent-init-json-patch by KEYCARD_POLICY_${setting}`];
    expect(refused(policy, { "agent-init-json-patch": patch(path) })).toEqual(expected);
    const moved = patch("/tty", { op: "move", from: path });
    expect(refused(policy, { "agent-init-json-patch": moved })).toEqual(expected);
  });

  test("of what no policy guards are taken", () => {
    const policy = { allowedImages: ["x"], denyRoot: true };
    expect(refused(policy, { "agent-json-patch": patch("/resources/limits/cpu") })).toEqual([]);
    expect(refused(policy, { "agent-json-patch": patch("/imagePullPolicy") })).toEqual([]);
  });
});

test("a ConfigMap cannot get around a bound on Vault", () => {
  const configMap = { "agent-configmap": "cm" };
  expect(refused({ allowedVaultAddresses: ["https://x"], denyTlsSkipVerify: true }, configMap)).toEqual([
    "agent-configmap by KEYCARD_POLICY_ALLOWED_VAULT_ADDRESSES",
    "agent-configmap by KEYCARD_POLICY_DENY_TLS_SKIP_VERIFY",
  ]);
  expect(refused({ denyRoot: true, allowedImages: ["x"] }, configMap)).toEqual([]);
});

describe("locked annotations", () => {
  const setting = "KEYCARD_POLICY_LOCKED_ANNOTATIONS";

  test.each([
    ["agent-limits-cpu", { "agent-limits-cpu": "1" }, "agent-limits-cpu"],
    ["agent-inject-command", { "agent-inject-command-db": "x" }, "agent-inject-command-db"],
    ["agent-inject-command-db", { "agent-inject-command-db": "x" }, "agent-inject-command-db"],
    ["auth-config", { "auth-config-remove": "x" }, "auth-config-remove"],
    ["auth-config-token-path", { "auth-config-token_path": "/x" }, "auth-config-token_path"],
    [
      "agent-telemetry-statsd_address",
      { "agent-telemetry-statsd-address": "x" },
      "agent-telemetry-statsd-address",
    ],
    [
      "agent-inject-template",
      { "agent-inject-secret-file-a": "x", "agent-inject-template-file-a": "{{ . }}" },
      "agent-inject-template-file-a",
    ],
    ["engine", { "keycard.dev/engine": "vault-agent" }, "keycard.dev/engine"],
    ["log-level", { "openbao.org/log-level": "debug" }, "openbao.org/log-level"],
  ])("%s", (locked, annotations, key) => {
    expect(refused({ lockedAnnotations: [locked] }, annotations)).toEqual([`${key} by ${setting}`]);
  });

  test("role, in each of its spellings", () => {
    const annotations = { "auth-config-role": "admin", "keycard.dev/role": "admin" };
    expect(refused({ lockedAnnotations: ["role"] }, annotations)).toEqual([
      `auth-config-role by ${setting}`,
      `keycard.dev/role by ${setting}`,
      `role by ${setting}`,
    ]);
  });

  test("a template file is not locked with inline templates", () => {
    const annotations = { "agent-inject-template-file-db": "/templates/db" };
    expect(refused({ lockedAnnotations: ["agent-inject-template"] }, annotations)).toEqual([]);
  });

  test("are not for pods, but a Namespace may decide", () => {
    const policy = { lockedAnnotations: ["log-level"] };
    expect(refused(policy, {}, { ...DROP_IN, namespace: { "log-level": "debug" } })).toEqual([]);
    expect(refused(policy, { "log-format": "json" })).toEqual([]);
  });
});
