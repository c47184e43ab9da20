import { describe, expect, test } from "vitest";
import { DROP_IN, keys, read, requestOf } from "./annotated-pod.ts";

const kindOf = (annotations: Record<string, string>, namespace: Record<string, string> = {}) =>
  read({ role: "shop", ...annotations }, { ...DROP_IN, namespace }).kind;

describe("opting in", () => {
  test.each([
    ["nothing", {}, "not-requested"],
    ["agent-inject true", { "agent-inject": "true" }, "request"],
    ["agent-inject in another spelling", { "agent-inject": "T" }, "request"],
    ["agent-inject false", { "agent-inject": "false" }, "disabled"],
    ["an empty agent-inject", { "agent-inject": "" }, "disabled"],
    ["a wrong agent-inject", { "agent-inject": "tRuE" }, "invalid"],
    ["agent-inject of OpenBao", { "openbao.org/agent-inject": "true" }, "request"],
    ["inject true", { "keycard.dev/inject": "true" }, "request"],
    [
      "inject false beside agent-inject",
      { "keycard.dev/inject": "false", "agent-inject": "true" },
      "disabled",
    ],
    ["inject true beside agent-inject false", { "keycard.dev/inject": "1", "agent-inject": "0" }, "request"],
    ["only a secret", { "agent-inject-secret-db": "database/creds/shop" }, "not-requested"],
    ["only a login", { "keycard.dev/postgres-db": "database/creds/shop" }, "not-requested"],
    ["another prefix", { "example.com/agent-inject": "true" }, "not-requested"],
  ])("%s gives %s", (_, annotations, kind) => {
    expect(kindOf(annotations)).toBe(kind);
  });

  test("a Namespace cannot opt its pods in", () => {
    expect(kindOf({}, { "agent-inject": "true", "keycard.dev/inject": "true" })).toBe("not-requested");
  });

  test("a wrong value is told together with every other mistake", () => {
    const result = read({ "agent-inject": "yes", "agent-pre-populate": "no way" }, DROP_IN);
    expect(result).toMatchObject({
      kind: "invalid",
      problems: [
        { annotation: "vault.hashicorp.com/agent-inject", message: 'expected true or false, got "yes"' },
        { annotation: "vault.hashicorp.com/agent-pre-populate" },
        { annotation: "vault.hashicorp.com/role" },
      ],
    });
  });

  test("a value that is no text is a mistake, not a silent no", () => {
    const annotations = { ...keys({ role: "shop" }), ...JSON.parse('{"keycard.dev/inject": true}') };
    expect(read(annotations, DROP_IN)).toMatchObject({
      kind: "invalid",
      problems: [
        {
          annotation: "keycard.dev/inject",
          message: "expected text on the pod, got a boolean: put the value in quotes",
        },
      ],
    });
  });

  test.each([
    ["null", "null"],
    ["[]", "list"],
    ["1", "number"],
    ['{"toString": 1, "valueOf": 1, "length": 9}', "object"],
  ])("the value %s is a mistake", (value, kind) => {
    const annotations = {
      ...keys({ "agent-inject": "true" }),
      ...JSON.parse(`{"openbao.org/role": ${value}}`),
    };
    expect(read(annotations, DROP_IN)).toMatchObject({
      problems: [
        {
          annotation: "openbao.org/role",
          message: `expected text on the pod, got a ${kind}: put the value in quotes`,
        },
        { annotation: "vault.hashicorp.com/role" },
      ],
    });
  });

  test("who declares a secret and forgets to opt in is told", () => {
    expect(read({ "agent-inject-secret-db": "database/creds/shop" }).warnings).toEqual([
      'nothing is injected: add vault.hashicorp.com/agent-inject: "true" to the pod\'s annotations',
    ]);
    expect(read({ "keycard.dev/postgres-db": "database/creds/shop" }).warnings).toEqual([
      'nothing is injected: add keycard.dev/inject: "true" to the pod\'s annotations',
    ]);
    expect(read({ "example.com/team": "shop" }).warnings).toEqual([]);
  });

  test("who misspells the opt-in is told", () => {
    expect(read({ "agent-inejct": "true" }).warnings).toEqual([
      "vault.hashicorp.com/agent-inejct is unknown and has no effect; did you mean vault.hashicorp.com/agent-inject?",
    ]);
  });
});

describe("the status annotation", () => {
  test.each([
    ["under the prefix that opted in", { "openbao.org/agent-inject": "true" }, "vault", "openbao.org"],
    ["under Vault's", { "vault.hashicorp.com/agent-inject": "true" }, "vault", "vault.hashicorp.com"],
    ["under Vault's for Keycard's own", { "keycard.dev/inject": "true" }, "vault", "vault.hashicorp.com"],
    [
      "under OpenBao's in its flavour",
      { "vault.hashicorp.com/agent-inject": "true" },
      "openbao",
      "openbao.org",
    ],
  ] as const)("is written %s", (_, annotations, flavour, prefix) => {
    const result = read({ role: "shop", ...annotations }, { settings: { flavour } });
    expect(result).toMatchObject({ request: { statusKey: `${prefix}/agent-inject-status`, flavour } });
  });
});

describe("a name under two prefixes", () => {
  const twice = { "vault.hashicorp.com/log-level": "debug", "openbao.org/log-level": "warn" };

  test("is read under the first of them", () => {
    expect(requestOf(twice).agent.logLevel).toBe("debug");
    expect(requestOf(twice, { settings: { flavour: "openbao" } }).agent.logLevel).toBe("warn");
    const vaultPrefixes = ["openbao.org", "vault.hashicorp.com"];
    expect(requestOf(twice, { settings: { vaultPrefixes } }).agent.logLevel).toBe("warn");
  });

  test("is warned of when the values differ", () => {
    const warningsFor = (annotations: Record<string, string>) =>
      read({ "agent-inject": "true", role: "shop", "agent-inject-token": "true", ...annotations }).warnings;
    expect(warningsFor(twice)).toEqual([
      "openbao.org/log-level is not read: vault.hashicorp.com/log-level says otherwise and wins",
    ]);
    expect(warningsFor({ ...twice, "openbao.org/log-level": "debug" })).toEqual([]);
  });

  test("is warned of when the one that wins turns injection off", () => {
    expect(read({ "agent-inject": "false", "openbao.org/agent-inject": "true" })).toEqual({
      kind: "disabled",
      warnings: [
        "openbao.org/agent-inject is not read: vault.hashicorp.com/agent-inject says otherwise and wins",
      ],
    });
  });

  test("is somebody else's when the operator chose other prefixes", () => {
    const settings = { vaultPrefixes: ["vault.example.com"], keycardPrefix: "keycard.example.com" };
    expect(read({ "agent-inject": "true", "keycard.dev/inject": "true" }, { settings }).kind).toBe(
      "not-requested",
    );
    const own = { "keycard.example.com/inject": "true", "vault.example.com/role": "shop" };
    expect(read(own, { settings })).toMatchObject({ request: { auth: { role: "shop" } } });
  });
});
