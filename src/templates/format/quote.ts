import { encodeRune, fromBytes, runeAt, runesOf } from "../bytes.ts";

const ESCAPES: Readonly<Record<number, string>> = {
  7: "\\a",
  8: "\\b",
  9: "\\t",
  10: "\\n",
  11: "\\v",
  12: "\\f",
  13: "\\r",
};

/** Whether Go counts a code point as printable: letters, marks, numbers, punctuation, symbols and the space. */
export function isPrintable(codePoint: number): boolean {
  if (codePoint < 0x7f) return codePoint >= 0x20;
  if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)) return false;
  // Made here and not at start: see letterOrDigit in language/scan.ts.
  return /^[\p{L}\p{M}\p{N}\p{P}\p{S}]$/u.test(String.fromCodePoint(codePoint));
}

const hex = (value: number, width: number): string => value.toString(16).padStart(width, "0");

function quotedRune(codePoint: number, quote: string, asciiOnly: boolean): string {
  if (codePoint === quote.charCodeAt(0) || codePoint === 0x5c) return `\\${String.fromCharCode(codePoint)}`;
  if (asciiOnly ? codePoint >= 0x20 && codePoint < 0x7f : isPrintable(codePoint))
    return encodeRune(codePoint);
  const short = ESCAPES[codePoint];
  if (short !== undefined) return short;
  if (codePoint < 0x20 || codePoint === 0x7f) return `\\x${hex(codePoint, 2)}`;
  return codePoint < 0x10000 ? `\\u${hex(codePoint, 4)}` : `\\U${hex(codePoint, 8)}`;
}

/** A string as a Go string literal in double quotes (`%q`); `asciiOnly`: with escapes for all else (`%+q`). */
export function quote(bytes: string, asciiOnly = false): string {
  let quoted = '"';
  for (let index = 0; index < bytes.length; ) {
    const { codePoint, size, valid } = runeAt(bytes, index);
    quoted += valid ? quotedRune(codePoint, '"', asciiOnly) : `\\x${hex(bytes.charCodeAt(index), 2)}`;
    index += size;
  }
  return `${quoted}"`;
}

/** A code point as a Go character constant. */
export function quoteRune(codePoint: number, asciiOnly = false): string {
  const outside = codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff);
  return `'${quotedRune(outside ? 0xfffd : codePoint, "'", asciiOnly)}'`;
}

/** Whether a string can stand between back quotes on one line. */
export function canBackquote(bytes: string): boolean {
  for (const { codePoint, size, valid } of runesOf(bytes)) {
    if (size > 1 && codePoint === 0xfeff) return false;
    if (!valid || codePoint === 0x60 || codePoint === 0x7f) return false;
    if (codePoint < 0x20 && codePoint !== 9) return false;
  }
  return true;
}

/** A string in the form in which it may stand in a message: on one line, and whole, so that it can be struck out. */
export function shown(bytes: string): string {
  return fromBytes(quote(bytes));
}
