import type { Dependency, TemplateValue } from "../templates/index.ts";
import type { VaultResponse } from "../vault/response.ts";

/** What Vault answered to the read of a secret. */
export interface StoredReading {
  readonly dependency: Dependency;
  /** undefined: Vault had nothing to list. */
  readonly answer: VaultResponse | undefined;
  /** As templates see it; undefined when there is no template. */
  readonly value: TemplateValue;
}

/** What may not be printed: tokens by session, readings by serial. */
export interface SecretStore {
  readonly tokens: Map<number, string>;
  readonly readings: Map<number, StoredReading>;
}

export function createSecretStore(): SecretStore {
  return { tokens: new Map(), readings: new Map() };
}

/** A login of PostgreSQL in a secret, as the database engine's dynamic and static roles give it. */
export function loginIn(
  answer: VaultResponse | undefined,
): { readonly username: string; readonly password: string } | undefined {
  const username = answer?.data?.["username"];
  const password = answer?.data?.["password"];
  return typeof username === "string" && typeof password === "string" ? { username, password } : undefined;
}
