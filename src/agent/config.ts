import {
  AGENT_CONFIG_VARIABLE,
  type AgentConfig,
  type AgentNotify,
  type AgentPostgres,
  type AgentTemplate,
} from "../engines/native/agent-config.ts";
import { KeycardError, messageOf } from "../errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import type { VaultConnection } from "../vault/connection.ts";
import { cleanPath } from "./file-system.ts";

/** A configuration that this agent cannot work with. */
export class AgentConfigError extends KeycardError {
  constructor(problem: string, options?: { readonly cause?: unknown }) {
    super(
      "KEYCARD_AGENT_CONFIG",
      `The agent's configuration in ${AGENT_CONFIG_VARIABLE} cannot be used: ${problem}. ` +
        "It is written by Keycard's webhook; check that webhook and agent are of the same version.",
      options,
    );
    this.name = "AgentConfigError";
  }
}

type Check<T> = (value: JsonValue | undefined, at: string) => T;

function fail(at: string, expected: string): never {
  throw new AgentConfigError(`${at} must be ${expected}`);
}

const text: Check<string> = (value, at) => (typeof value === "string" ? value : fail(at, "a string"));

const flag: Check<boolean> = (value, at) => (typeof value === "boolean" ? value : fail(at, "true or false"));

const count: Check<number> = (value, at) =>
  typeof value === "number" && Number.isFinite(value) && value >= 0
    ? value
    : fail(at, "a number that is not negative");

const object: Check<JsonObject> = (value, at) => (isJsonObject(value) ? value : fail(at, "an object"));

/** Cleaned: no `..`, no double slash, none at the end. */
const absolutePath: Check<string> = (value, at) =>
  typeof value === "string" && value.startsWith("/") ? cleanPath(value) : fail(at, "an absolute path");

function list<T>(item: Check<T>): Check<readonly T[]> {
  return (value, at) =>
    Array.isArray(value)
      ? value.map((entry: JsonValue, index) => item(entry, `${at}[${index}]`))
      : fail(at, "a list");
}

function oneOf<T extends string>(...allowed: readonly T[]): Check<T> {
  return (value, at) =>
    allowed.find((candidate) => candidate === value) ?? fail(at, `one of ${allowed.join(", ")}`);
}

/** Takes a field out of an object, by its own properties only. */
function field<T>(parent: JsonObject, at: string, name: string, check: Check<T>): T {
  return check(Object.hasOwn(parent, name) ? parent[name] : undefined, at === "" ? name : `${at}.${name}`);
}

/** The optional fields of `names` that are there. */
function optionalTexts<K extends string>(
  parent: JsonObject,
  at: string,
  ...names: readonly K[]
): { readonly [name in K]?: string } {
  const found: { [name in K]?: string } = {};
  for (const name of names) if (Object.hasOwn(parent, name)) found[name] = field(parent, at, name, text);
  return found;
}

const texts: Check<Readonly<Record<string, string>>> = (value, at) =>
  Object.fromEntries(
    Object.entries(object(value, at)).map(([key, entry]) => [key, text(entry, `${at}.${key}`)]),
  );

const connection: Check<VaultConnection> = (value, at) => {
  const vault = object(value, at);
  const tls = field(vault, at, "tls", object);
  const inTls = `${at}.tls`;
  return {
    address: field(vault, at, "address", text),
    namespace: field(vault, at, "namespace", text),
    tls: {
      ...optionalTexts(
        tls,
        inTls,
        "caCertFile",
        "caCertDirectory",
        "caCertBytes",
        "clientCertFile",
        "clientKeyFile",
        "serverName",
      ),
      skipVerify: field(tls, inTls, "skipVerify", flag),
    },
    proxyAddress: field(vault, at, "proxyAddress", text),
    timeoutSeconds: field(vault, at, "timeoutSeconds", count),
  };
};

const auth: Check<AgentConfig["auth"]> = (value, at) => {
  const parent = object(value, at);
  return {
    type: field(parent, at, "type", text),
    mountPath: field(parent, at, "mountPath", text),
    namespace: field(parent, at, "namespace", text),
    config: field(parent, at, "config", texts),
    minBackoffSeconds: field(parent, at, "minBackoffSeconds", count),
    maxBackoffSeconds: field(parent, at, "maxBackoffSeconds", count),
  };
};

const source: Check<AgentTemplate["source"]> = (value, at) => {
  const parent = object(value, at);
  return field(parent, at, "kind", oneOf("inline", "file")) === "inline"
    ? { kind: "inline", text: field(parent, at, "text", text) }
    : { kind: "file", path: field(parent, at, "path", absolutePath) };
};

const notify: Check<AgentNotify> = (value, at) => {
  const parent = object(value, at);
  switch (field(parent, at, "kind", oneOf("none", "signal", "http", "restart"))) {
    case "none":
      return { kind: "none" };
    case "restart":
      return { kind: "restart" };
    case "signal":
      return {
        kind: "signal",
        signal: field(parent, at, "signal", text),
        process: field(parent, at, "process", text),
      };
    case "http":
      return {
        kind: "http",
        method: field(parent, at, "method", text),
        url: field(parent, at, "url", text),
        timeoutSeconds: field(parent, at, "timeoutSeconds", count),
        retries: field(parent, at, "retries", count),
      };
  }
};

function ownNotify(parent: JsonObject, at: string): { readonly notify?: AgentNotify } {
  return Object.hasOwn(parent, "notify") ? { notify: field(parent, at, "notify", notify) } : {};
}

const template: Check<AgentTemplate> = (value, at) => {
  const parent = object(value, at);
  return {
    name: field(parent, at, "name", text),
    source: field(parent, at, "source", source),
    destination: field(parent, at, "destination", absolutePath),
    leftDelimiter: field(parent, at, "leftDelimiter", text),
    rightDelimiter: field(parent, at, "rightDelimiter", text),
    errorOnMissingKey: field(parent, at, "errorOnMissingKey", flag),
    mode: field(parent, at, "mode", count),
    ...optionalTexts(parent, at, "command"),
    ...ownNotify(parent, at),
  };
};

const postgres: Check<AgentPostgres> = (value, at) => {
  const parent = object(value, at);
  return {
    name: field(parent, at, "name", text),
    path: field(parent, at, "path", text),
    directory: field(parent, at, "directory", absolutePath),
    ...optionalTexts(parent, at, "url"),
    verify: field(parent, at, "verify", flag),
    verifyFailure: field(parent, at, "verifyFailure", oneOf("keep", "publish")),
    ...ownNotify(parent, at),
  };
};

function parseJson(json: string): JsonObject {
  try {
    return object(JSON.parse(json) as JsonValue, "the whole");
  } catch (cause) {
    if (cause instanceof AgentConfigError) throw cause;
    throw new AgentConfigError(`it is not JSON (${messageOf(cause)})`, { cause });
  }
}

/** Reads the configuration that the webhook wrote. @throws AgentConfigError naming the field that is wrong. */
export function parseAgentConfig(json: string): AgentConfig {
  const whole = parseJson(json);
  if (whole["version"] !== 1) fail("version", "1");
  return {
    version: 1,
    vault: field(whole, "", "vault", connection),
    auth: field(whole, "", "auth", auth),
    templates: field(whole, "", "templates", list(template)),
    postgres: field(whole, "", "postgres", list(postgres)),
    ...(Object.hasOwn(whole, "tokenFile") ? { tokenFile: field(whole, "", "tokenFile", absolutePath) } : {}),
    writableDirectories: field(whole, "", "writableDirectories", list(absolutePath)),
    stateDirectory: field(whole, "", "stateDirectory", absolutePath),
    notify: field(whole, "", "notify", notify),
    staticSecretIntervalSeconds: field(whole, "", "staticSecretIntervalSeconds", count),
    verifyIntervalSeconds: field(whole, "", "verifyIntervalSeconds", count),
    rotationGraceSeconds: field(whole, "", "rotationGraceSeconds", count),
    startTimeoutSeconds: field(whole, "", "startTimeoutSeconds", count),
    exitOnRetryFailure: field(whole, "", "exitOnRetryFailure", flag),
    revoke: field(whole, "", "revoke", flag),
    revokeTimeoutSeconds: field(whole, "", "revokeTimeoutSeconds", count),
    initOnly: field(whole, "", "initOnly", flag),
    healthPort: field(whole, "", "healthPort", count),
    logLevel: field(whole, "", "logLevel", oneOf("trace", "debug", "info", "warn", "error")),
  };
}
