import { randomBytes, randomUUID } from "node:crypto";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** Random letters and digits, as in Vault's accessors, lease ids and user names. */
export function randomText(length: number): string {
  let result = "";
  for (const byte of randomBytes(length)) result += ALPHABET[byte % ALPHABET.length];
  return result;
}

/** A service token: `hvs.` and as many characters as a real one. */
export function newTokenId(): string {
  return `hvs.${randomText(91)}`;
}

/** A password as Vault's default policy makes them: 20 characters, all kinds among them. */
export function newPassword(): string {
  return `${randomText(8)}-${randomText(8)}Aa0`;
}

export function newUuid(): string {
  return randomUUID();
}

/** The tail of a mount's accessor. */
export function shortHex(): string {
  return randomBytes(4).toString("hex");
}
