import { Blowfish, initialState } from "./blowfish.ts";

/** Bytes of a salt. */
export const BCRYPT_SALT_BYTES = 16;
/** Longer passwords are refused, as Go does. */
const MAX_PASSWORD_BYTES = 72;
/** What Go takes when it is not told: 2^10 rounds, about 70 ms. */
const COST = 10;
/** What is enciphered, and how often. */
const PLAINTEXT = "OrpheanBeholderScryDoubt";
const ENCRYPTIONS = 64;

const STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
const BCRYPT = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/** bcrypt's own base64: another alphabet, no padding. */
function encode(bytes: Uint8Array): string {
  return Buffer.from(bytes)
    .toString("base64")
    .replace(/[^=]/g, (digit) => BCRYPT[STANDARD.indexOf(digit)] ?? "")
    .replaceAll("=", "");
}

/**
 * The bcrypt hash of a password (bytes), e.g. `$2a$10$…`. Of the enciphered bytes all but the last are in it,
 * as in every implementation.
 * @throws Error when the password is too long
 */
export function bcrypt(password: Uint8Array, salt: Uint8Array, cost = COST): string {
  if (password.length > MAX_PASSWORD_BYTES) {
    throw new Error(`bcrypt: password length exceeds ${MAX_PASSWORD_BYTES} bytes`);
  }
  const key = Buffer.concat([password, Buffer.alloc(1)]);
  const cipher = new Blowfish(initialState());
  cipher.expand(key, salt);
  for (let round = 0; round < 2 ** cost; round++) {
    cipher.expand(key);
    cipher.expand(salt);
  }
  const plain = Buffer.from(PLAINTEXT, "latin1");
  const words = Int32Array.from({ length: plain.length / 4 }, (_, index) => plain.readInt32BE(index * 4));
  for (let at = 0; at < words.length; at += 2) {
    for (let count = 0; count < ENCRYPTIONS; count++) cipher.encrypt(words, at);
  }
  const hash = Buffer.alloc(plain.length);
  words.forEach((word, index) => {
    hash.writeInt32BE(word, index * 4);
  });
  return `$2a$${String(cost).padStart(2, "0")}$${encode(salt)}${encode(hash.subarray(0, -1))}`;
}
