/**
 * Go's strings are bytes, usually UTF-8. Inside the engine a Go string is a JavaScript string with one
 * character (0 to 255) a byte, so that `len`, indexing, slicing, comparing and hashing are Go's own, and
 * values that are not UTF-8 (a decoded keystore, say) pass unharmed.
 */

const NOT_ASCII = /[^\0-\x7f]/;
const REPLACEMENT = 0xfffd;

/** The bytes of a JavaScript string in UTF-8. */
export function toBytes(text: string): string {
  return NOT_ASCII.test(text) ? Buffer.from(text, "utf8").toString("latin1") : text;
}

/** The JavaScript string of UTF-8 bytes; what is not UTF-8 becomes U+FFFD. */
export function fromBytes(bytes: string): string {
  return NOT_ASCII.test(bytes) ? Buffer.from(bytes, "latin1").toString("utf8") : bytes;
}

/** Stands for a byte that is not UTF-8, plus that byte: a surrogate alone, which no valid text has. */
const LONE = 0xdc00;

/**
 * Like {@link fromBytes}, but loses nothing: bytes that are not UTF-8 become lone surrogates, which
 * {@link toBytesExactly} takes back.
 */
export function fromBytesExactly(bytes: string): string {
  const text = fromBytes(bytes);
  if (!text.includes("\ufffd")) return text;
  let exact = "";
  let index = 0;
  for (const { codePoint, size, valid } of runesOf(bytes)) {
    exact += valid ? String.fromCodePoint(codePoint) : String.fromCharCode(LONE + bytes.charCodeAt(index));
    index += size;
  }
  return exact;
}

/** The bytes of what {@link fromBytesExactly} made, or of a part of it. */
export function toBytesExactly(text: string): string {
  return text
    .split(/([\udc80-\udcff])/u)
    .map((part, index) => (index % 2 === 0 ? toBytes(part) : String.fromCharCode(part.charCodeAt(0) - LONE)))
    .join("");
}

export function isAscii(bytes: string): boolean {
  return !NOT_ASCII.test(bytes);
}

/** One code point and how many bytes it takes; size 1 and `valid: false` for a byte that starts none. */
export interface Rune {
  readonly codePoint: number;
  readonly size: number;
  readonly valid: boolean;
}

/** The least code point of a sequence of two, three and four bytes: below is an overlong form. */
const LEAST = [0, 0, 0x80, 0x800, 0x10000];

/** Decodes the code point that starts at byte `index`. */
export function runeAt(bytes: string, index: number): Rune {
  const first = bytes.charCodeAt(index);
  if (first < 0x80) return { codePoint: first, size: 1, valid: true };
  const size = first >= 0xf0 && first < 0xf8 ? 4 : first >= 0xe0 ? 3 : first >= 0xc2 ? 2 : 0;
  const invalid: Rune = { codePoint: REPLACEMENT, size: 1, valid: false };
  if (size === 0 || first >= 0xf8 || index + size > bytes.length) return invalid;
  let codePoint = first & (0xff >> (size + 1));
  for (let at = index + 1; at < index + size; at++) {
    const byte = bytes.charCodeAt(at);
    if ((byte & 0xc0) !== 0x80) return invalid;
    codePoint = (codePoint << 6) | (byte & 0x3f);
  }
  const outside = codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff);
  if (outside || codePoint < (LEAST[size] ?? 0)) return invalid;
  return { codePoint, size, valid: true };
}

/** The code points of a string, as Go's `range` over it gives them. */
export function* runesOf(bytes: string): Generator<Rune> {
  for (let index = 0; index < bytes.length; ) {
    const rune = runeAt(bytes, index);
    yield rune;
    index += rune.size;
  }
}

export function runeCount(bytes: string): number {
  if (isAscii(bytes)) return bytes.length;
  let count = 0;
  for (let index = 0; index < bytes.length; count++) index += runeAt(bytes, index).size;
  return count;
}

/** The UTF-8 bytes of a code point; of one that is none, of U+FFFD. */
export function encodeRune(codePoint: number): string {
  const outside = codePoint < 0 || codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff);
  return toBytes(String.fromCodePoint(outside ? REPLACEMENT : codePoint));
}

/** Maps every code point; bytes that are not UTF-8 become U+FFFD, as Go's `strings.Map` does it. */
export function mapRunes(bytes: string, map: (codePoint: number) => number): string {
  let mapped = "";
  for (const { codePoint } of runesOf(bytes)) mapped += encodeRune(map(codePoint));
  return mapped;
}
