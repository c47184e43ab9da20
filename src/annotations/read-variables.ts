import { quoted } from "./printable.ts";
import { type Declared, isDeclared, rejectUndeclared } from "./read-notify.ts";
import { type Reading, readBoolean, reject } from "./reading.ts";
import type { LoginPart, PostgresRequest, VariableRequest } from "./request.ts";
import { keyOf, type Written } from "./written.ts";

const PARTS: readonly LoginPart[] = ["username", "password", "host", "port", "database", "url"];

/** Names that every version of Kubernetes takes for a variable. */
const VARIABLE = /^[A-Za-z_.-][A-Za-z0-9_.-]*$/;

/** The variables of the app that `keycard.dev/env-NAME` asks for. */
export function readVariables(reading: Reading, declared: Declared): readonly VariableRequest[] {
  const requests = new Map<string, VariableRequest>();
  for (const written of reading.written.byName.values()) {
    const { spec, suffix: name = "" } = written;
    if (spec.name !== "keycard.dev/env" || !isPossible(reading, written)) continue;
    if (!isDeclared(declared, name)) {
      rejectUndeclared(reading, written, name);
      continue;
    }
    for (const [variable, wanted] of readPairs(reading, written)) {
      if (requests.has(variable)) reject(reading, written, `${quoted(variable)} is asked for twice`);
      const from = readSource(reading, written, wanted, declared);
      if (from !== undefined) requests.set(variable, { variable, from });
    }
  }
  return [...requests.values()];
}

function isPossible(reading: Reading, written: Written): boolean {
  const { settings, engine } = reading;
  if (engine !== "native") {
    reject(reading, written, `needs engine native: add ${keyOf(settings, "keycard.dev/engine")}: "native"`);
    return false;
  }
  if (!settings.envFromFile) {
    const message =
      "this cluster does not take variables from files, as Kubernetes does by default since 1.35: let the app " +
      "read the files, or ask the operator for KEYCARD_ENV_FROM_FILE where the feature has been turned on";
    reject(reading, written, message);
    return false;
  }
  if (!readBoolean(reading, "agent-pre-populate")) {
    reject(
      reading,
      written,
      "needs the init container, which writes the file first: remove agent-pre-populate",
    );
    return false;
  }
  return true;
}

function readPairs(reading: Reading, written: Written): readonly (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (const entry of written.value.split(",")) {
    const [variable = "", wanted, ...rest] = entry.split("=").map((part) => part.trim());
    if (!VARIABLE.test(variable) || wanted === undefined || rest.length > 0) {
      const example = "PGUSER=username,PGPASSWORD=password";
      reject(
        reading,
        written,
        `expected VARIABLE=PART with commas between, such as ${example}, got ${quoted(entry)}`,
      );
    } else {
      pairs.push([variable, wanted]);
    }
  }
  return pairs;
}

/** Where a name stands for both a login and a secret, the login counts. */
function readSource(
  reading: Reading,
  written: Written,
  wanted: string,
  { postgres, secrets }: Declared,
): VariableRequest["from"] | undefined {
  const name = written.suffix ?? "";
  const login = postgres.get(name);
  if (login !== undefined) {
    const part = PARTS.find((known) => known === wanted);
    if (part === undefined) {
      reject(reading, written, `a login has ${PARTS.join(", ")}, not ${quoted(wanted)}`);
      return undefined;
    }
    const missing = whyMissing(reading, login, part);
    if (missing !== undefined) reject(reading, written, missing);
    return { kind: "login", name, part };
  }
  const secret = secrets.get(name);
  if (secret?.template.kind === "default") {
    const message =
      `the file of ${quoted(name)} has no KEY='value' lines: add ${keyOf(reading.settings, `agent-inject-template-${name}`)} ` +
      `that renders them, or use ${keyOf(reading.settings, `keycard.dev/postgres-${name}`)} for a PostgreSQL login`;
    reject(reading, written, message);
    return undefined;
  }
  if (!VARIABLE.test(wanted)) {
    reject(reading, written, `${quoted(wanted)} is no key of a file with KEY='value' lines`);
    return undefined;
  }
  return { kind: "secret", name, key: wanted };
}

/** The place of the database is known only from the URL. */
function whyMissing(reading: Reading, { name, url }: PostgresRequest, part: LoginPart): string | undefined {
  if (part === "username" || part === "password") return undefined;
  const key = keyOf(reading.settings, `keycard.dev/postgres-${name}-url`);
  if (url === undefined) return `${part} is known only from the login's URL: add ${key}`;
  const namesDatabase = /^\w+:\/\/[^/?]*\/[^?]|[?&]dbname=[^&]/.test(url);
  return part === "database" && !namesDatabase ? `${key} names no database` : undefined;
}
