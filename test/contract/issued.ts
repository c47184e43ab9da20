import { expect } from "vitest";
import type { ApiAnswer } from "../../src/dev/vault-api.ts";
import type { JsonObject } from "../../src/json.ts";
import { textAt } from "../support/each-vault.ts";
import type { Parts } from "../support/parts.ts";

/** A login that Vault issued, and the token its lease hangs on. */
export interface Issued {
  readonly token: string;
  readonly leaseId: string;
  readonly username: string;
  readonly password: string;
  readonly body: JsonObject;
}

/** Reads new credentials with a token. */
export async function issue(parts: Parts, token: string, role = "app-role"): Promise<Issued> {
  const { status, body } = await parts.root.call("GET", `database/creds/${role}`, { token });
  expect(status).toBe(200);
  return {
    token,
    body,
    leaseId: textAt(body, "lease_id"),
    username: textAt(body, "data", "username"),
    password: textAt(body, "data", "password"),
  };
}

/** When PostgreSQL lets the user expire, in milliseconds since 1970; undefined: there is no such role. */
export async function validUntil(parts: Parts, username: string): Promise<number | undefined> {
  const sql = "SELECT rolvaliduntil AS until FROM pg_roles WHERE rolname = $1";
  const [row] = await parts.postgres.query<{ until: Date }>(sql, [username]);
  return row?.until.getTime();
}

/** Renews with the token that holds the lease. */
export function renew(parts: Parts, issued: Issued, increment?: number | string): Promise<ApiAnswer> {
  const body = { lease_id: issued.leaseId, ...(increment === undefined ? {} : { increment }) };
  return parts.root.call("PUT", "sys/leases/renew", { token: issued.token, body });
}
