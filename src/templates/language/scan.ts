import { runeAt } from "../bytes.ts";

/** A number's shape in Go. */
const REAL =
  /[+-]?(?:0[xX][\da-fA-F_]*(?:\.[\da-fA-F_]*)?(?:[pP][+-]?[\d_]*)?|0[oO][0-7_]*(?:\.[0-7_]*)?|0[bB][01_]*(?:\.[01_]*)?|[\d_]*(?:\.[\d_]*)?(?:[eE][+-]?[\d_]*)?)i?/y;

export const isSpace = (character: string | undefined): boolean =>
  character === " " || character === "\t" || character === "\r" || character === "\n";

/**
 * The second pattern is made only when it is asked for, and never for ASCII: V8 has ICU build the sets of Unicode's
 * properties when it makes one, which takes time and memory in every pod.
 */
function letterOrDigit(codePoint: number): boolean {
  const character = String.fromCodePoint(codePoint);
  return codePoint < 0x80 ? /^\w$/.test(character) : /^[\p{L}\p{Nd}_]$/u.test(character);
}

/** Where the letters and digits end that begin at `from`. */
export function wordEnd(bytes: string, from: number): number {
  let end = from;
  while (end < bytes.length) {
    const rune = runeAt(bytes, end);
    if (!rune.valid || !letterOrDigit(rune.codePoint)) break;
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
