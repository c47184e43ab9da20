import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { SecretRequest } from "../../src/annotations/request.ts";
import {
  complaints,
  DROP_IN,
  keys,
  NATIVE,
  read,
  readInjected,
  type Surroundings,
  warningsOf,
} from "./annotated-pod.ts";

const BASE = { "agent-inject": "true", role: "shop" };

function secretsOf(
  annotations: Record<string, string>,
  around: Surroundings = DROP_IN,
): readonly SecretRequest[] {
  const result = read({ ...BASE, ...annotations }, around);
  if (result.kind !== "request") throw new Error(JSON.stringify(result));
  return result.request.secrets;
}

const destinations = (annotations: Record<string, string>, around: Surroundings = DROP_IN) =>
  Object.fromEntries(secretsOf(annotations, around).map(({ name, destination }) => [name, destination]));

describe("declaring a secret", () => {
  test.each(["agent-inject-secret-db", "agent-inject-template-db", "agent-inject-template-file-db"])(
    "%s alone declares it",
    (name) => {
      expect(secretsOf({ [name]: "x" }).map((secret) => secret.name)).toEqual(["db"]);
    },
  );

  test.each([
    ["a blank value", { "agent-inject-secret-db": " \n " }],
    ["a blank template", { "agent-inject-template-db": "  " }],
    ["a file name alone", { "agent-inject-file-db": "x" }],
    ["permissions alone", { "agent-inject-perms-db": "0600" }],
    ["no name", { "agent-inject-secret-": "kv/x", "agent-inject-template-file-": "/x" }],
  ])("%s declares nothing", (_, annotations) => {
    expect(secretsOf(annotations)).toEqual([]);
  });

  test("one name declared in three ways is one secret", () => {
    const declared = {
      "agent-inject-secret-db": "kv/db",
      "agent-inject-template-db": "{{ now }}",
      "agent-inject-template-file-db": "/t",
    };
    expect(secretsOf(declared)).toMatchObject([
      { name: "db", path: "kv/db", template: { kind: "inline", text: "{{ now }}" } },
    ]);
  });

  test("secrets come in the order of their names, however the annotations are ordered", () => {
    const names = ["c", "A", "b", "a-1", "B2"];
    const annotations = (order: readonly string[]) =>
      keys({
        ...BASE,
        ...Object.fromEntries(order.map((name) => [`agent-inject-secret-${name}`, `kv/${name}`])),
      });
    const inOrder = readInjected(annotations(names), DROP_IN);
    fc.assert(
      fc.property(fc.shuffledSubarray(names, { minLength: names.length }), (shuffled) => {
        expect(JSON.stringify(readInjected(annotations(shuffled), DROP_IN))).toBe(JSON.stringify(inOrder));
      }),
    );
    expect(secretsOf(annotations(names)).map(({ name }) => name)).toEqual(["A", "B2", "a-1", "b", "c"]);
  });
});

describe("what belongs to a secret", () => {
  test("is found by the same name, letter by letter", () => {
    const annotations = {
      "agent-inject-secret-Foo": "kv/foo",
      "agent-inject-file-Foo": "x/y",
      "agent-inject-perms-Foo": "0600",
      "agent-inject-command-Foo": "kill -HUP 1",
      "agent-template-left-delim-Foo": "<<",
      "agent-template-right-delim-Foo": "",
      "error-on-missing-key-Foo": "true",
      "secret-volume-path-Foo": "/etc/foo",
    };
    expect(secretsOf(annotations)).toEqual([
      {
        name: "Foo",
        path: "kv/foo",
        template: { kind: "default" },
        leftDelimiter: "<<",
        rightDelimiter: "}}",
        directory: "/etc/foo",
        destination: "/etc/foo/x/y",
        permissions: "0600",
        command: "kill -HUP 1",
        errorOnMissingKey: true,
      },
    ]);
  });

  test("has no effect under a name that nothing declares, and a warning says so", () => {
    expect(
      warningsOf({ "agent-inject-file-DB": "x", "error-on-missing-key-cache": "banana" }, DROP_IN),
    ).toEqual([
      'agent-inject-file-DB has no effect: no secret "DB" is declared; did you mean "db"?',
      'error-on-missing-key-cache has no effect: no secret "cache" is declared',
    ]);
  });

  test("is checked under a name that is declared", () => {
    expect(complaints({ "error-on-missing-key-db": "banana" }, DROP_IN)).toEqual([
      'error-on-missing-key-db: expected true or false, got "banana"',
    ]);
  });
});

describe("the template", () => {
  test.each([
    ["default", {}, { kind: "default" }],
    ["inline", { "agent-inject-template-db": "{{ 1 }}" }, { kind: "inline", text: "{{ 1 }}" }],
    ["blank, verbatim", { "agent-inject-template-db": " " }, { kind: "inline", text: " " }],
    ["default when empty", { "agent-inject-template-db": "" }, { kind: "default" }],
    [
      "from a file",
      { "agent-inject-template-file-db": "/t/db.ctmpl" },
      { kind: "file", path: "/t/db.ctmpl" },
    ],
    [
      "from a file when the inline one is empty",
      { "agent-inject-template-db": "", "agent-inject-template-file-db": "/t" },
      { kind: "file", path: "/t" },
    ],
  ])("is %s", (_, annotations, template) => {
    expect(secretsOf({ "agent-inject-secret-db": "kv/db", ...annotations })[0]?.template).toEqual(template);
  });

  test("of a secret called file-NAME is not the template file of NAME", () => {
    const annotations = { "agent-inject-secret-file-x": "kv/x", "agent-inject-template-file-x": "{{ 1 }}" };
    expect(secretsOf(annotations)).toMatchObject([
      { name: "file-x", path: "kv/x", template: { kind: "inline", text: "{{ 1 }}" } },
    ]);
    expect(read({ ...BASE, ...annotations }, DROP_IN).warnings).toEqual([]);
  });

  test("that could be either is refused", () => {
    const annotations = {
      "agent-inject-secret-x": "kv/x",
      "agent-inject-secret-file-x": "kv/fx",
      "agent-inject-template-file-x": "/t",
    };
    expect(complaints(annotations, DROP_IN)).toEqual([
      'agent-inject-template-file-x: is it the template of "file-x" or the template file of "x"? Rename "file-x"',
    ]);
  });
});

describe("the file", () => {
  test.each([
    ["is called after the secret, in lower case", {}, "/vault/secrets/foo.bar-2_3"],
    [
      "keeps its case where the pod says so",
      { "preserve-secret-case": "true" },
      "/vault/secrets/Foo.bar-2_3",
    ],
    [
      "keeps its case where it says so",
      { "preserve-secret-case-Foo.bar-2_3": "t" },
      "/vault/secrets/Foo.bar-2_3",
    ],
    [
      "does not keep its case where it says otherwise than the pod",
      { "preserve-secret-case": "true", "preserve-secret-case-Foo.bar-2_3": "false" },
      "/vault/secrets/foo.bar-2_3",
    ],
    ["stands in a directory of its own", { "secret-volume-path-Foo.bar-2_3": "/a" }, "/a/foo.bar-2_3"],
    ["stands in the pod's directory", { "secret-volume-path": "/b" }, "/b/foo.bar-2_3"],
    [
      "has the name it is given",
      { "agent-inject-file-Foo.bar-2_3": "Deep/./er//x/" },
      "/vault/secrets/Deep/er/x",
    ],
    [
      "stays below the directory when absolute",
      { "agent-inject-file-Foo.bar-2_3": "/etc/x" },
      "/vault/secrets/etc/x",
    ],
    ["stands in the root", { "secret-volume-path": "/" }, "//foo.bar-2_3"],
    ["may wander inside", { "agent-inject-file-Foo.bar-2_3": "a/../b" }, "/vault/secrets/b"],
  ])("%s", (_, annotations, destination) => {
    expect(destinations({ "agent-inject-secret-Foo.bar-2_3": "kv/x", ...annotations })).toEqual({
      "Foo.bar-2_3": destination,
    });
  });

  test("is written as the Vault Agent Injector would, slash by slash, unless it is checked strictly", () => {
    const annotations = { "agent-inject-secret-db": "kv/x", "secret-volume-path": "/a//b/" };
    expect(destinations(annotations)).toEqual({ db: "/a//b//db" });
    expect(destinations(annotations, NATIVE)).toEqual({ db: "/a/b/db" });
  });

  test.each([
    ["../x", "/vault/secrets"],
    ["../../home/vault/x", "/vault/secrets"],
    ["a/../..", "/vault/secrets"],
    [".", "/vault/secrets"],
    ["/", "/vault/secrets"],
    ["../secrets-2/x", "/vault/secrets"],
  ])("%s is refused: it would not be inside its directory", (file, directory) => {
    for (const around of [DROP_IN, NATIVE]) {
      expect(complaints({ "agent-inject-file-db": file }, around)).toEqual([
        `agent-inject-file-db: the file "${file}" would not be inside "${directory}"`,
      ]);
    }
  });

  test("a secret's own name cannot leave the directory either", () => {
    expect(complaints({ "agent-inject-secret-..": "kv/x" }, DROP_IN)).toEqual([
      'agent-inject-secret-..: the file ".." would not be inside "/vault/secrets"',
    ]);
  });

  test("wanted by two is refused", () => {
    const bothWant = (where: string) => `both want the file "/vault/secrets/${where}"`;
    expect(complaints({ "agent-inject-secret-DB": "kv/x" }, DROP_IN)).toEqual([
      `agent-inject-secret-db: secret "db" and secret "DB": ${bothWant("db")}`,
    ]);
    expect(complaints({ "agent-inject-secret-x": "kv/x", "agent-inject-file-x": "a/../db" }, NATIVE)).toEqual(
      [`agent-inject-file-x: secret "x" and secret "db": ${bothWant("db")}`],
    );
    const token = { "agent-inject-secret-token": "kv/x", "agent-inject-token": "true" };
    expect(complaints(token, DROP_IN)).toEqual([
      `agent-inject-secret-token: secret "token" and agent-inject-token: ${bothWant("token")}`,
    ]);
  });

  test("that another one needs as a directory is refused", () => {
    const annotations = { "agent-inject-secret-x": "kv/x", "agent-inject-file-x": "db/x" };
    expect(complaints(annotations, DROP_IN)).toEqual([
      'agent-inject-file-x: secret "x" and secret "db": "/vault/secrets/db" cannot be a file of one and a directory of the other',
    ]);
    expect(complaints({ ...annotations, "agent-inject-file-x": "db-2/x" }, DROP_IN)).toEqual([]);
  });

  test("stays inside its directory, whatever it is called", () => {
    const part = fc.constantFrom("..", ".", "", "a", "b.c", "...", "~");
    fc.assert(
      fc.property(fc.array(part, { maxLength: 8 }), (parts) => {
        const result = readInjected({ "agent-inject-file-db": parts.join("/") }, DROP_IN);
        if (result.kind !== "request") return;
        const file = result.request.secrets[0]?.destination ?? "";
        expect(file).toMatch(/^\/vault\/secrets\/./);
        expect(file.split("/")).not.toContain("..");
      }),
    );
  });

  test.each([
    ["a path too long for Linux", "a/".repeat(3000)],
    ["a path with a NUL", "a\0b"],
  ])("%s is refused", (_, file) => {
    expect(complaints({ "agent-inject-file-db": file }, DROP_IN)).toEqual([
      expect.stringMatching(/^agent-inject-file-db: ".* is no name for a file$/),
    ]);
  });
});

describe("the directory", () => {
  test.each(["", "/a:b", "/a\0b", "..", "a/../../b", `/${"a".repeat(5000)}`])("%j is refused", (path) => {
    for (const name of ["secret-volume-path", "secret-volume-path-db"]) {
      expect(complaints({ [name]: path }, DROP_IN)).toEqual([
        expect.stringContaining(`${name}: expected a path`),
      ]);
    }
  });

  test("a wrong preserve-secret-case is refused where the Vault Agent Injector took it for false", () => {
    expect(complaints({ "preserve-secret-case": "maybe" }, DROP_IN)).toEqual([
      'preserve-secret-case: expected true or false, got "maybe"',
    ]);
    expect(complaints({ "preserve-secret-case-db": "maybe" }, DROP_IN)).toEqual([
      'preserve-secret-case-db: expected true or false, got "maybe"',
    ]);
    expect(read({ ...BASE, "preserve-secret-case": "maybe" }, DROP_IN).kind).toBe("invalid");
  });
});
