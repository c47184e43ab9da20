import { describe, expect, test } from "vitest";
import { DROP_IN, NATIVE, read, type Surroundings } from "./annotated-pod.ts";

function readLogins(annotations: Record<string, string>, around: Surroundings = NATIVE) {
  const own = Object.entries(annotations).map(([name, value]) => [
    name.startsWith("postgres") ? `keycard.dev/${name}` : name,
    value,
  ]);
  return read({ "keycard.dev/inject": "true", role: "shop", ...Object.fromEntries(own) }, around);
}

function complaintsOf(annotations: Record<string, string>, around: Surroundings = NATIVE): readonly string[] {
  const result = readLogins(annotations, around);
  return result.kind === "invalid"
    ? result.problems.map(
        ({ annotation, message }) => `${annotation.replace("keycard.dev/", "")}: ${message}`,
      )
    : [];
}

const PATH = "database/creds/shop";
const URL = "postgresql://db.prod:5432/shop?sslmode=verify-full&sslrootcert=system";

describe("a PostgreSQL login", () => {
  test("is a path, and a directory of its name", () => {
    expect(readLogins({ "postgres-db": PATH })).toMatchObject({
      request: {
        postgres: [
          {
            name: "db",
            path: PATH,
            url: undefined,
            directory: "/vault/secrets/db",
            verify: false,
            verifyFailure: "keep",
          },
        ],
      },
    });
  });

  test("with a URL is verified", () => {
    expect(readLogins({ "postgres-db": PATH, "postgres-db-url": URL })).toMatchObject({
      warnings: [],
      request: { postgres: [{ url: URL, verify: true, verifyFailure: "keep" }] },
    });
  });

  test("with a URL whose server cannot be verified from here is remarked on", () => {
    const withoutCa = { "postgres-db": PATH, "postgres-db-url": "postgresql://db/shop?sslmode=verify-full" };
    expect(readLogins(withoutCa)).toMatchObject({
      kind: "request",
      warnings: [expect.stringMatching(/^keycard\.dev\/postgres-db-url names no CA, so no login is tried/)],
    });
    expect(readLogins({ ...withoutCa, "postgres-db-verify": "false" }).warnings).toEqual([]);
    const withFile = `${withoutCa["postgres-db-url"]}&sslrootcert=/ca.crt`;
    expect(readLogins({ ...withoutCa, "postgres-db-url": withFile }).warnings).toEqual([]);
  });

  test("can do without verification, or be published unverified", () => {
    const annotations = { "postgres-db": PATH, "postgres-db-url": URL };
    expect(readLogins({ ...annotations, "postgres-db-verify": "false" })).toMatchObject({
      request: { postgres: [{ verify: false }] },
    });
    expect(readLogins({ ...annotations, "postgres-db-verify-failure": "publish" })).toMatchObject({
      request: { postgres: [{ verify: true, verifyFailure: "publish" }] },
    });
  });

  test("follows the volume, and comes in the order of its name", () => {
    const annotations = { "postgres-b": PATH, "postgres-a": `/${PATH}`, "secret-volume-path": "/creds/" };
    expect(readLogins(annotations)).toMatchObject({
      request: {
        postgres: [
          { name: "a", path: PATH, directory: "/creds/a" },
          { name: "b", directory: "/creds/b" },
        ],
      },
    });
  });

  test.each([
    "creds",
    "",
    "database/creds/",
    "database//shop",
    "database/../sys/raw",
    "./database/creds/shop",
    "database/creds/my app",
    "database/creds/shop?x=1",
    "postgresql://db/shop",
    "database/creds/{{ x }}",
  ])("from %j is refused", (path) => {
    expect(complaintsOf({ "postgres-db": path })).toEqual([
      expect.stringContaining("postgres-db: expected a Vault path such as database/creds/app, got "),
    ]);
  });

  test.each(["..", "a/b", "-a", "a-", ".", "x".repeat(64), "__proto__"])("cannot be called %j", (name) => {
    expect(complaintsOf({ [`postgres-${name}`]: PATH })).toEqual([
      expect.stringContaining("is no name for a directory"),
    ]);
  });

  test("needs engine native", () => {
    expect(complaintsOf({ "postgres-db": PATH, "postgres-db-url": URL }, DROP_IN)).toEqual([
      'postgres-db: needs engine native: add keycard.dev/engine: "native", or use agent-inject-secret',
    ]);
    const chosen = { "postgres-db": PATH, "keycard.dev/engine": "native" };
    expect(readLogins(chosen, DROP_IN)).toMatchObject({ kind: "request", request: { engine: "native" } });
  });

  test("does not share its directory with a secret", () => {
    const annotations = { "postgres-db": PATH, "agent-inject-secret-db": "kv/db" };
    expect(complaintsOf(annotations)).toEqual([
      'vault.hashicorp.com/agent-inject-secret-db: secret "db" and login "db": both want the file "/vault/secrets/db"',
    ]);
    const inside = {
      "postgres-db": PATH,
      "agent-inject-secret-x": "kv/x",
      "agent-inject-file-x": "db/password",
    };
    expect(complaintsOf(inside)).toEqual([
      expect.stringContaining("cannot be a file of one and a directory"),
    ]);
  });
});

describe("an ending always belongs to the name before it", () => {
  test.each([
    ["postgres-db-url", "postgresql://db/shop", "postgres-db"],
    ["postgres-db-verify", "false", "postgres-db"],
    ["postgres-db-verify-failure", "keep", "postgres-db"],
    ["postgres-a-url-url", "postgresql://db/shop", "postgres-a-url"],
    ["postgres-primary-url", "database/creds/primary-url", "postgres-primary"],
  ])("%s alone is refused", (name, value, declaration) => {
    const login = declaration.replace("postgres-", "");
    expect(complaintsOf({ [name]: value })).toEqual([
      `${name}: no login "${login}" is declared: add keycard.dev/${declaration} with its Vault path`,
    ]);
  });

  test("a wrong value is refused", () => {
    const annotations = {
      "postgres-db": PATH,
      "postgres-db-url": URL,
      "postgres-db-verify": "maybe",
      "postgres-db-verify-failure": "explode",
    };
    expect(complaintsOf(annotations)).toEqual([
      'postgres-db-verify: expected true or false, got "maybe"',
      'postgres-db-verify-failure: expected keep or publish, got "explode"',
    ]);
  });

  test("verification without a URL is remarked on", () => {
    const annotations = {
      "postgres-db": PATH,
      "postgres-db-verify": "true",
      "postgres-db-verify-failure": "keep",
    };
    expect(readLogins(annotations).warnings).toEqual([
      "keycard.dev/postgres-db-verify has no effect without keycard.dev/postgres-db-url",
      "keycard.dev/postgres-db-verify-failure has no effect: the login is not verified",
    ]);
  });
});
