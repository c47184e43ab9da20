import { describe, expect, test } from "vitest";
import { AgentConfigError, parseAgentConfig } from "../../src/agent/config.ts";
import type { AgentConfig } from "../../src/engines/native/agent-config.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../src/json.ts";

/** Has every field that there is. */
const WHOLE: AgentConfig = {
  version: 1,
  vault: {
    address: "https://vault:8200",
    namespace: "team",
    tls: {
      caCertFile: "/tls/ca.crt",
      caCertDirectory: "/tls",
      caCertBytes: "PEM",
      clientCertFile: "/tls/tls.crt",
      clientKeyFile: "/tls/tls.key",
      serverName: "vault",
      skipVerify: false,
    },
    proxyAddress: "",
    timeoutSeconds: 60,
  },
  auth: {
    type: "kubernetes",
    mountPath: "auth/kubernetes",
    namespace: "",
    config: { role: "app", token_path: "/token" },
    minBackoffSeconds: 1,
    maxBackoffSeconds: 300,
  },
  templates: [
    {
      name: "app",
      source: { kind: "inline", text: "{{ . }}" },
      destination: "/vault/secrets/app",
      leftDelimiter: "{{",
      rightDelimiter: "}}",
      errorOnMissingKey: true,
      mode: 0o640,
      command: "reload",
      notify: { kind: "signal", signal: "SIGHUP", process: "nginx" },
    },
    {
      name: "file",
      source: { kind: "file", path: "/templates/file" },
      destination: "/vault/secrets/file",
      leftDelimiter: "[[",
      rightDelimiter: "]]",
      errorOnMissingKey: false,
      mode: 0o644,
      notify: { kind: "restart" },
    },
  ],
  postgres: [
    {
      name: "db",
      path: "database/creds/app",
      directory: "/vault/secrets/db",
      url: "postgresql://db/app",
      verify: true,
      verifyFailure: "keep",
      notify: { kind: "http", method: "POST", url: "http://127.0.0.1/", timeoutSeconds: 5, retries: 3 },
    },
  ],
  tokenFile: "/vault/secrets/token",
  writableDirectories: ["/vault/secrets"],
  stateDirectory: "/run/keycard",
  notify: { kind: "none" },
  staticSecretIntervalSeconds: 300,
  verifyIntervalSeconds: 0,
  rotationGraceSeconds: 60,
  startTimeoutSeconds: 0,
  exitOnRetryFailure: true,
  revoke: true,
  revokeTimeoutSeconds: 10,
  initOnly: false,
  healthPort: 9102,
  logLevel: "info",
};

type Step = string | number;

/** A copy of a value with another one, or none, at a path of it. */
function changed(value: JsonValue, [step, ...rest]: readonly Step[], to: JsonValue | undefined): JsonValue {
  const put = (before: JsonValue | undefined): JsonValue | undefined =>
    rest.length === 0 ? to : changed(before ?? null, rest, to);
  if (Array.isArray(value))
    return value.map((entry, index) => (index === step ? (put(entry) ?? null) : entry));
  if (!isJsonObject(value) || typeof step !== "string") throw new Error(`nothing at ${step}`);
  const { [step]: before, ...others } = value;
  const after = put(before);
  return after === undefined ? others : { ...others, [step]: after };
}

const whole: JsonObject = JSON.parse(JSON.stringify(WHOLE));

function parsing(path: readonly Step[], to: JsonValue | undefined): () => AgentConfig {
  return () => parseAgentConfig(JSON.stringify(changed(whole, path, to)));
}

/** Every path to a value that is neither object nor list, and to each list. */
function leaves(value: JsonValue, path: readonly Step[] = []): readonly (readonly Step[])[] {
  if (Array.isArray(value))
    return [path, ...value.flatMap((entry, index) => leaves(entry, [...path, index]))];
  if (!isJsonObject(value)) return [path];
  return Object.entries(value).flatMap(([key, entry]) => leaves(entry, [...path, key]));
}

const written = (path: readonly Step[]): string =>
  path
    .map((step) => (typeof step === "number" ? `[${step}]` : `.${step}`))
    .join("")
    .slice(1);

describe("a configuration", () => {
  test("is read whole", () => {
    expect(parseAgentConfig(JSON.stringify(WHOLE))).toEqual(WHOLE);
  });

  test.each(leaves(whole).map((path) => [written(path), path] as const))(
    "with something else at %s is refused by that name",
    (name, path) => {
      expect(parsing(path, { unexpected: true })).toThrow(AgentConfigError);
      expect(parsing(path, { unexpected: true })).toThrow(`${name} must be`);
    },
  );

  const OPTIONAL =
    /^(vault\.tls\.(?!skipVerify)|auth\.config\.|templates\[0\]\.command|postgres\[0\]\.url|tokenFile)/;
  const required = leaves(whole).filter(
    (path) => !OPTIONAL.test(written(path)) && typeof path.at(-1) === "string",
  );
  test.each(required.map((path) => [written(path), path] as const))("without %s is refused", (name, path) => {
    expect(parsing(path, undefined)).toThrow(`${name} must be`);
  });

  test("may leave out what is optional", () => {
    for (const path of leaves(whole).filter((known) => OPTIONAL.test(written(known)))) {
      expect(parsing(path, undefined)).not.toThrow();
    }
    expect(parsing(["templates", 0, "notify"], undefined)).not.toThrow();
  });

  test.each([
    ["a negative number", ["healthPort"], -1],
    ["a path that is not absolute", ["stateDirectory"], "run/keycard"],
    ["a template's path that is not absolute", ["templates", 1, "source", "path"], "file"],
    ["a word that is not among those allowed", ["logLevel"], "loud"],
    ["a way to notify that is not known", ["notify", "kind"], "pigeon"],
    ["another version", ["version"], 2],
  ] as const)("with %s is refused", (_what, path, to) => {
    expect(parsing(path, to)).toThrow(`${written(path)} must be`);
  });

  test("has its paths cleaned, so that none leads out of its directory unseen", () => {
    const read = parsing(["templates", 0, "destination"], "/vault//secrets/../../etc/./app/")();
    expect(read.templates[0]?.destination).toBe("/etc/app");
  });

  test.each(["", "{", "[]", "null", '"text"'])("that is %j is refused", (json) => {
    expect(() => parseAgentConfig(json)).toThrow(AgentConfigError);
  });

  test("does not take what every object inherits for a field of its own", () => {
    expect(() => parseAgentConfig('{"version":1,"__proto__":{"vault":{}}}')).toThrow("vault must be");
  });

  test("that is refused says who wrote it, and repeats none of it", () => {
    const error = (() => {
      try {
        return parsing(["auth", "config", "token_path"], { secret: "hvs.leak" })();
      } catch (thrown) {
        return thrown;
      }
    })();
    expect(String(error)).toContain("check that webhook and agent are of the same version");
    expect(String(error)).not.toContain("hvs.leak");
  });
});
