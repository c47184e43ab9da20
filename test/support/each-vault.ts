import { afterAll, beforeAll, describe } from "vitest";
import type { ApiAnswer } from "../../src/dev/vault-api.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../src/json.ts";
import { type Parts, type PartsOptions, startParts } from "./parts.ts";

/**
 * The same tests against the development Vault and, when `KEYCARD_VAULT_BIN` names one, a real Vault, each
 * with a PostgreSQL of its own.
 */
export function describeVaults(
  name: string,
  options: Omit<PartsOptions, "vault">,
  define: (parts: () => Parts) => void,
): void {
  const real = (process.env["KEYCARD_VAULT_BIN"] ?? "") !== "";
  const kinds = real ? (["development", "real"] as const) : (["development"] as const);
  describe.each(kinds)(`${name} (%s Vault)`, (vault) => {
    let started: Parts | undefined;
    beforeAll(async () => {
      started = await startParts({ ...options, vault });
    });
    afterAll(async () => {
      await started?.stop();
    });
    define(() => {
      if (started === undefined) throw new Error("the parts are not running");
      return started;
    });
  });
}

/** The value at a path of keys in a JSON answer; undefined when there is none. */
export function at(body: JsonValue | undefined, ...path: readonly string[]): JsonValue | undefined {
  return path.reduce<JsonValue | undefined>(
    (value, key) => (isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined),
    body,
  );
}

/** A string that has to be there. */
export function textAt(body: JsonObject, ...path: readonly string[]): string {
  const value = at(body, ...path);
  if (typeof value !== "string") throw new Error(`no string at ${path.join(".")} of ${JSON.stringify(body)}`);
  return value;
}

/** Status and errors, as tables of refusals compare them. */
export function refusal(answer: ApiAnswer): { status: number; errors: JsonValue | undefined } {
  return { status: answer.status, errors: answer.body["errors"] };
}
