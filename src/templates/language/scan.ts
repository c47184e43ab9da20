import { runeAt } from "../bytes.ts";

const LETTER_OR_DIGIT = /^[\p{L}\p{Nd}_]$/u;
/** A number's shape in Go. */
const REAL =
  /[+-]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/y;

export const isSpace = (character: string | undefined): boolean =>
  character === " " || character === "\t" || character === "\r" || character === "\n";

/** Where the letters and digits end that begin at `from`. */
export function wordEnd(bytes: string, from: number): number {
  let end = from;
  while (end < bytes.length) {
    const rune = runeAt(bytes, end);
    if (!rune.valid || !LETTER_OR_DIGIT.test(String.fromCodePoint(rune.codePoint))) break;
    end += rune.size;
  }
  return end;
}

function realEnd(bytes: string, start: number): number {
  REAL.lastIndex = start;
  return start + (REAL.exec(bytes)?.[0].length ?? 0);
}

/** Where a number ends; a complex one has a second part, which must be imaginary to be complete. */
export function scanNumber(
  bytes: string,
  start: number,
): { readonly end: number; readonly isComplete: boolean } {
  const end = realEnd(bytes, start);
  if (!/^[+-]$/.test(bytes[end] ?? "")) return { end, isComplete: true };
  const second = realEnd(bytes, end);
  return { end: second, isComplete: bytes[second - 1] === "i" };
}
