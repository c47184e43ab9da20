import { printableKey, quoted } from "./printable.ts";
import { cleanPath } from "./read-secrets.ts";
import { type Reading, readBoolean, readChoice, readText, reject, writtenAs } from "./reading.ts";
import type { PostgresRequest } from "./request.ts";
import { keyOf } from "./written.ts";

const VAULT_PATH = /^[A-Za-z0-9_.~@+-]+(?:\/[A-Za-z0-9_.~@+-]+)+$/;
const DIRECTORY_NAME = /^[A-Za-z0-9](?:[A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;

/** The PostgreSQL logins that the pod declares, in the order of their names. */
export function readPostgres(reading: Reading, volumePath: string): readonly PostgresRequest[] {
  const logins: PostgresRequest[] = [];
  for (const written of reading.written.byName.values()) {
    const { spec, suffix: name = "" } = written;
    if (spec.name !== "keycard.dev/postgres") continue;
    if (reading.engine !== "native") {
      const engine = keyOf(reading.settings, "keycard.dev/engine");
      reject(reading, written, `needs engine native: add ${engine}: "native", or use agent-inject-secret`);
      continue;
    }
    if (!DIRECTORY_NAME.test(name)) reject(reading, written, `${quoted(name)} is no name for a directory`);
    const path = written.value.replace(/^\//, "");
    const segments = path.split("/");
    if (!VAULT_PATH.test(path) || segments.includes("..") || segments.includes(".")) {
      reject(
        reading,
        written,
        `expected a Vault path such as database/creds/app, got ${quoted(written.value)}`,
      );
    }
    logins.push(readLogin(reading, name, path, volumePath));
  }
  rejectUndeclared(reading, new Set(logins.map(({ name }) => name)));
  return logins;
}

function readLogin(reading: Reading, name: string, path: string, volumePath: string): PostgresRequest {
  // The engine reads what is in it, as the agent will.
  const url =
    writtenAs(reading, "keycard.dev/postgres-NAME-url", name) === undefined
      ? undefined
      : readText(reading, "keycard.dev/postgres-NAME-url", name);
  const asked = writtenAs(reading, "keycard.dev/postgres-NAME-verify", name);
  const verify =
    asked === undefined ? url !== undefined : readBoolean(reading, "keycard.dev/postgres-NAME-verify", name);
  if (asked !== undefined && verify && url === undefined) {
    const urlKey = keyOf(reading.settings, `keycard.dev/postgres-${name}-url`);
    reading.findings.warn(`${printableKey(asked.key)} has no effect without ${urlKey}`);
  }
  const onFailure = writtenAs(reading, "keycard.dev/postgres-NAME-verify-failure", name);
  if (onFailure !== undefined && (!verify || url === undefined)) {
    reading.findings.warn(`${printableKey(onFailure.key)} has no effect: the login is not verified`);
  }
  if (verify && url !== undefined && namesNoCa(url)) {
    const urlKey = keyOf(reading.settings, `keycard.dev/postgres-${name}-url`);
    reading.findings.warn(
      `${urlKey} names no CA, so no login is tried before it is published, and libpq looks for root.crt in the ` +
        "app's home: add sslrootcert=system, or a CA file that app and agent both have",
    );
  }
  const choice = readChoice(reading, "keycard.dev/postgres-NAME-verify-failure", name);
  return {
    name,
    path,
    url,
    directory: cleanPath(`${volumePath}/${name}`),
    verify: verify && url !== undefined,
    verifyFailure: choice === "publish" ? "publish" : "keep",
  };
}

/** Whether TLS is to be verified, by a CA that is the client's own affair. */
function namesNoCa(url: string): boolean {
  return /[?&]sslmode=verify-/.test(url) && !/[?&]sslrootcert=[^&]/.test(url);
}

function rejectUndeclared(reading: Reading, declared: ReadonlySet<string>): void {
  if (reading.engine !== "native") return;
  for (const written of reading.written.byName.values()) {
    if (written.spec.form !== "companion" || declared.has(written.suffix ?? "")) continue;
    const declaration = printableKey(
      written.key.slice(0, written.key.length - tailOf(written.spec.name).length),
    );
    reject(
      reading,
      written,
      `no login ${quoted(written.suffix ?? "")} is declared: add ${declaration} with its Vault path`,
    );
  }
}

function tailOf(name: string): string {
  return name.slice(name.indexOf("NAME") + "NAME".length);
}
