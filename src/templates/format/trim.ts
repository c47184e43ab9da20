import { encodeRune, runeAt } from "../bytes.ts";

/** White space as Go's unicode.IsSpace knows it. */
const SPACES = new Set([
  9, 10, 11, 12, 13, 0x20, 0x85, 0xa0, 0x1680, 0x2028, 0x2029, 0x202f, 0x205f, 0x3000, 0x2000, 0x2001, 0x2002,
  0x2003, 0x2004, 0x2005, 0x2006, 0x2007, 0x2008, 0x2009, 0x200a,
]);

export const isSpaceRune = (codePoint: number): boolean => SPACES.has(codePoint);

function runeBefore(bytes: string, end: number): { readonly codePoint: number; readonly size: number } {
  for (let size = Math.min(4, end); size > 1; size--) {
    const rune = runeAt(bytes, end - size);
    if (rune.size === size) return rune;
  }
  return runeAt(bytes.slice(end - 1, end), 0);
}

/** Cuts code points off both ends as long as `cuts` says so. */
function trimRunes(
  bytes: string,
  cuts: (codePoint: number) => boolean,
  ends: { readonly start: boolean; readonly end: boolean } = { start: true, end: true },
): string {
  let start = 0;
  let end = bytes.length;
  while (ends.start && start < end) {
    const rune = runeAt(bytes, start);
    if (!cuts(rune.codePoint)) break;
    start += rune.size;
  }
  while (ends.end && end > start) {
    const rune = runeBefore(bytes, end);
    if (!cuts(rune.codePoint)) break;
    end -= rune.size;
  }
  return bytes.slice(start, end);
}

export const trimSpace = (bytes: string): string => trimRunes(bytes, isSpaceRune);

/** Cuts the code points that stand in `cutset` off both ends. */
export function trimCutset(bytes: string, cutset: string): string {
  const points = new Set<number>();
  for (let index = 0; index < cutset.length; ) {
    const rune = runeAt(cutset, index);
    points.add(rune.codePoint);
    index += rune.size;
  }
  return trimRunes(bytes, (codePoint) => points.has(codePoint));
}

/** Go's strings.Split: an empty separator splits between code points. */
export function splitBytes(text: string, separator: string): string[] {
  if (separator !== "") return text.split(separator);
  const parts: string[] = [];
  for (let index = 0; index < text.length; ) {
    const { codePoint, size, valid } = runeAt(text, index);
    parts.push(valid ? encodeRune(codePoint) : text.slice(index, index + size));
    index += size;
  }
  return parts;
}

/** Go's strings.ReplaceAll: an empty `from` matches before every code point and at the end. */
export function replaceBytes(text: string, from: string, to: string): string {
  if (from !== "") return text.replaceAll(from, () => to);
  return `${to}${splitBytes(text, "")
    .map((part) => part + to)
    .join("")}`;
}
