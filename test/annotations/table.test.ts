import { describe, expect, test } from "vitest";
import { ANNOTATIONS, identify, OWN_PREFIX } from "../../src/annotations/table.ts";

const OWN = ANNOTATIONS.filter(({ name }) => name.startsWith(`${OWN_PREFIX}/`));
const VAULT = ANNOTATIONS.filter((spec) => !OWN.includes(spec));

describe("the table", () => {
  test("has the 74 annotations of the Vault Agent Injector", () => {
    const count = (form: string) => VAULT.filter((spec) => spec.form === form).length;
    expect([VAULT.length, count("plain"), count("per-secret"), count("both"), count("family")]).toEqual([
      74, 61, 9, 2, 2,
    ]);
  });

  test("has each name once", () => {
    expect(new Set(ANNOTATIONS.map(({ name }) => name)).size).toBe(ANNOTATIONS.length);
  });

  test.each(ANNOTATIONS.map((spec) => [spec.name, spec] as const))(
    "finds %s as it is written",
    (name, spec) => {
      const written = name.includes("NAME") ? name.replace("NAME", "a-b") : `${name}-a-b`;
      if (spec.form === "plain") {
        expect(identify(name)).toEqual({ spec, suffix: undefined });
        expect(identify(written)).toBeUndefined();
      } else {
        expect(identify(written)).toEqual({ spec, suffix: "a-b" });
        if (spec.form !== "companion") expect(identify(`${name}-`)).toBeUndefined();
      }
    },
  );

  test("takes an ending of a login's name for its setting", () => {
    expect(identify("keycard.dev/postgres-db-url")).toMatchObject({ suffix: "db" });
    expect(identify("keycard.dev/postgres-db-verify-failure")?.spec.name).toBe(
      "keycard.dev/postgres-NAME-verify-failure",
    );
    expect(identify("keycard.dev/postgres-url")).toMatchObject({ suffix: "url" });
  });

  test("knows its own names only under its own prefix", () => {
    expect(identify("postgres-db")).toBeUndefined();
    expect(identify("keycard.dev/agent-inject")).toBeUndefined();
  });

  test.each(["__proto__", "constructor", "toString", "", "-", "agent-inject-secret-"])(
    "has no %j",
    (name) => {
      expect(identify(name)).toBeUndefined();
    },
  );
});
