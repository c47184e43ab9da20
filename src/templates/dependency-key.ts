import { fromBytes } from "./bytes.ts";
import type { Dependency } from "./dependency.ts";
import { FunctionError } from "./errors.ts";
import { trimCutset, trimSpace } from "./format/trim.ts";
import { platformCrypto } from "./platform-crypto.ts";

const HASH_DIGITS = 16;

/** A path without the white space and slashes around it. @throws FunctionError if nothing is left. */
function normalized(path: string): string {
  const trimmed = fromBytes(trimCutset(trimSpace(path), "/"));
  if (trimmed === "")
    throw new FunctionError("the path of a secret is empty; expected e.g. database/creds/app-role");
  return trimmed;
}

/**
 * The `name=value` pairs of a write. Spaces around both go; an empty pair is none.
 * @throws FunctionError for anything else.
 */
function parametersOf(pairs: readonly string[]): Record<string, string> {
  const parameters: Record<string, string> = Object.create(null);
  for (const pair of pairs) {
    if (pair === "") continue;
    const equals = pair.indexOf("=");
    if (equals < 0) throw new FunctionError("a parameter is not of the form name=value");
    const [name, value] = [pair.slice(0, equals), pair.slice(equals + 1)];
    parameters[fromBytes(trimSpace(name))] = fromBytes(trimSpace(value));
  }
  return parameters;
}

/** Parameters may hold secrets and keys end up in logs, so a key has only a hash of them. */
function hashOf(parameters: Readonly<Record<string, string>>): string {
  const sorted = Object.keys(parameters)
    .sort()
    .map((name) => [name, parameters[name]]);
  return platformCrypto()
    .createHash("sha256")
    .update(JSON.stringify(sorted))
    .digest("hex")
    .slice(0, HASH_DIGITS);
}

/** What `secret path name=value…` asks for: a read without pairs, a write with them. */
export function secretDependency(path: string, pairs: readonly string[]): Dependency {
  const clean = normalized(path);
  if (pairs.length === 0) return { kind: "secret", key: `read ${clean}`, path: clean };
  const parameters = parametersOf(pairs);
  return { kind: "secret", key: `write ${clean} ${hashOf(parameters)}`, path: clean, parameters };
}

/** What `secrets path` asks for. */
export function listDependency(path: string): Dependency {
  const clean = normalized(path);
  return { kind: "secrets", key: `list ${clean}`, path: clean };
}

/** What `pkiCert path name=value…` asks for. */
export function certificateDependency(path: string, pairs: readonly string[]): Dependency {
  const clean = normalized(path);
  const parameters = parametersOf(pairs);
  return { kind: "pkiCert", key: `certificate ${clean} ${hashOf(parameters)}`, path: clean, parameters };
}
