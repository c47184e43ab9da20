import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultInjectionSettings } from "../../src/annotations/defaults.ts";
import { readAnnotations } from "../../src/annotations/read.ts";
import { ANNOTATIONS, nameWith } from "../../src/annotations/table.ts";
import { DROP_IN, keys, NATIVE, problemsOf, read, readInjected, type Surroundings } from "./annotated-pod.ts";

const suffix = fc.oneof(
  fc.constantFrom("db", "Db", "file-db", "__proto__", "constructor", "..", "a/b", "url", "db-url"),
  fc.string({ maxLength: 8 }),
);
const known = fc
  .tuple(fc.constantFrom(...ANNOTATIONS), suffix)
  .map(([{ name, form }, end]) => (form === "plain" ? name : nameWith(name, end)));
const unknown = fc.string({ maxLength: 12 });
const key = fc
  .tuple(
    fc.constantFrom("vault.hashicorp.com", "openbao.org", "keycard.dev", "example.com"),
    fc.oneof(known, unknown),
  )
  .map(([prefix, name]) => (name.includes("/") ? name : `${prefix}/${name}`));
const value = fc.oneof(
  fc.constantFrom(
    "",
    "true",
    "false",
    "1",
    "-1",
    "0",
    "5s",
    "1Gi",
    "null",
    "[]",
    "[{}]",
    "{",
    "/",
    "..",
    "a,b",
    "http://x",
  ),
  fc.string({ maxLength: 20 }),
  fc.json({ maxDepth: 2 }),
);
const annotations = fc
  .array(fc.tuple(key, value), { maxLength: 25 })
  .map((entries) => Object.fromEntries(entries));
const around = fc.constantFrom<Surroundings>(NATIVE, DROP_IN, {
  settings: { engine: "vault-agent", harden: true },
});

describe("whatever the annotations are", () => {
  test("the answer is an answer, the same each time, and whole", () => {
    fc.assert(
      fc.property(annotations, annotations, around, (pod, namespace, surroundings) => {
        const result = readInjected(pod, { ...surroundings, namespace });
        expect(readInjected(pod, { ...surroundings, namespace })).toEqual(result);
        expect(["disabled", "invalid", "request"]).toContain(result.kind);
        if (result.kind === "invalid") expect(result.problems).not.toEqual([]);
        expect(result.warnings.every((warning) => warning.length <= 240)).toBe(true);
      }),
      { numRuns: 500 },
    );
  });

  test("every file lies in its directory, and no two want the same", () => {
    fc.assert(
      fc.property(annotations, around, (pod, surroundings) => {
        const result = readInjected(pod, surroundings);
        if (result.kind !== "request") return;
        const files = result.request.secrets.map(({ destination }) => destination);
        expect(new Set(files).size).toBe(files.length);
        for (const { directory, destination } of result.request.secrets) {
          expect(destination.startsWith(directory)).toBe(true);
          expect(destination.split("/")).not.toContain("..");
        }
      }),
      { numRuns: 500 },
    );
  });

  test("a message never shows more of a value than its beginning, and no control characters", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...ANNOTATIONS),
        fc.string({ minLength: 60, unit: "binary" }),
        (spec, text) => {
          const name = spec.form === "plain" ? spec.name : nameWith(spec.name, "db");
          const said = JSON.stringify(problemsOf({ [name]: text }, NATIVE).map(({ message }) => message));
          expect(said).not.toContain(JSON.stringify(text).slice(1, -1));
          expect(said).not.toMatch(/[\p{Cc}\u202e]/u);
        },
      ),
    );
  });

  test("prototype names are names like any other", () => {
    const settings = defaultInjectionSettings();
    const pod = JSON.parse(
      `{"__proto__": {"vault.hashicorp.com/agent-inject": "true"}, "constructor": "x", "toString": "x"}`,
    );
    const input = {
      namespace: "shop",
      namespaceAnnotations: {},
      containerNames: [],
      initContainerNames: [],
      settings,
    };
    expect(readAnnotations({ ...input, annotations: pod }).kind).toBe("not-requested");
    const named = keys({
      "agent-inject-secret-__proto__": "kv/x",
      "agent-inject-secret-constructor": "kv/y",
    });
    expect(readInjected(named, NATIVE)).toMatchObject({
      request: { secrets: [{ name: "__proto__" }, { name: "constructor" }, { name: "db" }] },
    });
    expect(({} as Record<string, unknown>)["kv/x"]).toBeUndefined();
  });
});

describe("as much as Kubernetes takes", () => {
  const MUCH = 250 * 1024;
  const filled = (entry: (index: number) => [string, string], size: number) =>
    Object.fromEntries(Array.from({ length: Math.floor(MUCH / size) }, (_, index) => entry(index)));

  const HEAPS: readonly (readonly [string, Record<string, string>])[] = [
    ["unknown names", filled((index) => [`agent-injekt-secret-${index}`, "x"], 40)],
    ["unknown telemetry", filled((index) => [`agent-telemetry-statd_address${index}`, "x"], 50)],
    ["secrets", filled((index) => [`agent-inject-secret-s${index}`, "kv/x"], 45)],
    ["secrets that want one file", filled((index) => [`agent-inject-file-s${index}`, "x"], 40)],
    ["logins", filled((index) => [`keycard.dev/postgres-s${index}`, "database/creds/x"], 50)],
    ["wrong switches", filled((index) => [`error-on-missing-key-s${index}`, "x"], 50)],
    ["one path of many parts", { "agent-inject-file-db": "a/".repeat(MUCH / 2) }],
    ["one list", { "agent-inject-containers": "a,".repeat(MUCH / 2) }],
    ["one number", { "agent-run-as-user": "9".repeat(MUCH) }],
    ["one duration", { "auth-min-backoff": "1s".repeat(MUCH / 2) }],
    ["one quantity", { "agent-limits-cpu": "0".repeat(MUCH) }],
    ["one deep patch", { "agent-json-patch": "[".repeat(MUCH / 2) + "]".repeat(MUCH / 2) }],
    ["one address", { service: `http://${"a".repeat(MUCH)}` }],
    ["one login's path", { "keycard.dev/postgres-x": "a/".repeat(MUCH / 2) }],
    [
      "one login's URL",
      {
        "keycard.dev/postgres-x": "a/b",
        "keycard.dev/postgres-x-url": `postgres://${"a,".repeat(MUCH / 2)}`,
      },
    ],
    ["one notification", { "keycard.dev/notify": "signal:".repeat(MUCH / 7) }],
    [
      "one request to the app",
      { "keycard.dev/notify": `http://127.0.0.1:1/${" retries=1".repeat(MUCH / 10)}` },
    ],
    ["ways to tell the app", filled((index) => [`keycard.dev/notify-s${index}`, "restart"], 40)],
    ["variables", filled((index) => [`keycard.dev/env-s${index}`, "X=username"], 40)],
    [
      "one login's variables",
      { "keycard.dev/postgres-x": "a/b", "keycard.dev/env-x": "X=host,".repeat(MUCH / 8) },
    ],
    ["one unknown name", { ["a-".repeat(MUCH / 2)]: "x" }],
    ["one secret's name", { [`agent-inject-secret-${"a/".repeat(MUCH / 2)}`]: "x" }],
  ];

  // The runner's own time limit is what fails a reading that takes more than linear time.
  test.each(HEAPS)("of %s gives a short answer", (_, heap) => {
    for (const surroundings of [NATIVE, DROP_IN]) {
      const result = readInjected(heap, surroundings);
      const said = { problems: result.kind === "invalid" ? result.problems : [], warnings: result.warnings };
      expect(JSON.stringify(said).length).toBeLessThan(64 * 1024);
    }
  });
});

describe("more than Kubernetes takes", () => {
  const megabyte = "x".repeat(1024 * 1024);

  test("is refused unread", () => {
    expect(problemsOf({ "agent-inject-template-db": megabyte, role: "" }, NATIVE)).toEqual([
      {
        annotation: "",
        message: expect.stringMatching(
          /^the annotations have 10\d{5} characters: Kubernetes takes no more than 262144$/,
        ),
      },
    ]);
  });

  test("is no matter in a pod that does not opt in", () => {
    expect(read({ "agent-inject-template-db": megabyte }, NATIVE).kind).toBe("not-requested");
  });
});
