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

const corrupt = (at: number): FunctionError => new FunctionError(`illegal base32 data at input byte ${at}`);

/** Checks the padding that begins at a place, and what follows, of which Go looks at the rest of the group only. */
function checkPadding(text: string, at: number): void {
  const inGroup = at % GROUP;
  const rest = text.slice(at + 1, at + GROUP - inGroup);
  if (rest.length < GROUP - 1 - inGroup) throw corrupt(text.length);
  const wrong = rest.search(/[^=]/);
  if (wrong >= 0) throw corrupt(at + wrong);
  // Three and six digits come to no whole bytes.
  if (inGroup === 3 || inGroup === 6) throw corrupt(at);
}

/** The digits before the padding. @throws FunctionError where Go finds that it is no base32 */
function digitsOf(text: string): string {
  for (let at = 0; at < text.length; at++) {
    const isPadding = text[at] === "=" && at % GROUP >= 2 && text.length - at <= GROUP;
    if (isPadding) {
      checkPadding(text, at);
      return text.slice(0, at);
    }
    if (!ALPHABET.includes(text[at] ?? "")) throw corrupt(at);
  }
  if (text.length % GROUP !== 0) throw corrupt(text.length - (text.length % GROUP));
  return text;
}

/** The bytes of padded base32. @throws FunctionError if it is none. */
export function decodeBase32(text: string): string {
  const digits = digitsOf(text.replace(/[\r\n]/g, ""));
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
