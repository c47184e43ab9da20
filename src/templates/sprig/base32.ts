import { FunctionError } from "../errors.ts";

const ALPHABET = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
const GROUP = 8;

/** Base32 (RFC 4648) of bytes, padded. */
export function encodeBase32(bytes: string): string {
  let encoded = "";
  let bits = 0;
  let value = 0;
  for (let index = 0; index < bytes.length; index++) {
    value = ((value << 8) | bytes.charCodeAt(index)) & 0xfff;
    bits += 8;
    for (; bits >= 5; bits -= 5) encoded += ALPHABET[(value >> (bits - 5)) & 31];
  }
  if (bits > 0) encoded += ALPHABET[(value << (5 - bits)) & 31];
  return encoded.padEnd(Math.ceil(encoded.length / GROUP) * GROUP, "=");
}

/** The bytes of padded base32. @throws FunctionError if it is none. */
export function decodeBase32(text: string): string {
  const compact = text.replace(/[\r\n]/g, "");
  const digits = compact.replace(/={0,6}$/, "");
  const isWhole = compact.length % GROUP === 0 && ![1, 3, 6].includes(digits.length % GROUP);
  const wrong = digits.search(/[^A-Z2-7]/);
  if (!isWhole || wrong >= 0) {
    const at = wrong >= 0 ? wrong : compact.length - (compact.length % GROUP);
    throw new FunctionError(`illegal base32 data at input byte ${at}`);
  }
  let decoded = "";
  let bits = 0;
  let value = 0;
  for (const digit of digits) {
    value = ((value << 5) | ALPHABET.indexOf(digit)) & 0xfff;
    bits += 5;
    if (bits >= 8) {
      bits -= 8;
      decoded += String.fromCharCode((value >> bits) & 0xff);
    }
  }
  return decoded;
}
