import { fromBytes, isAscii, mapRunes, toBytes } from "../bytes.ts";

/** Go maps single code points to single code points; JavaScript's full mapping may make several of one. */
function mapped(codePoint: number, full: string): number {
  const points = [...full];
  return points.length === 1 ? (points[0]?.codePointAt(0) ?? codePoint) : codePoint;
}

const DOTTED_CAPITAL_I = 0x130;

export function upperRune(codePoint: number): number {
  return mapped(codePoint, String.fromCodePoint(codePoint).toUpperCase());
}

export function lowerRune(codePoint: number): number {
  if (codePoint === DOTTED_CAPITAL_I) return 0x69;
  return mapped(codePoint, String.fromCodePoint(codePoint).toLowerCase());
}

export function toUpper(bytes: string): string {
  return isAscii(bytes) ? bytes.toUpperCase() : mapRunes(bytes, upperRune);
}

export function toLower(bytes: string): string {
  return isAscii(bytes) ? bytes.toLowerCase() : mapRunes(bytes, lowerRune);
}

const CASED = /[\p{Lu}\p{Ll}\p{Lt}]/u;

/** The first cased letter of every word to upper case; words are those of Unicode's text segmentation. */
export function titleWords(bytes: string): string {
  const segmenter = new Intl.Segmenter("und", { granularity: "word" });
  let titled = "";
  for (const { segment } of segmenter.segment(fromBytes(bytes))) {
    titled += titleWord(segment);
  }
  return toBytes(titled);
}

function titleWord(word: string): string {
  const at = word.search(CASED);
  if (at < 0) return word;
  const letter = String.fromCodePoint(word.codePointAt(at) ?? 0);
  return word.slice(0, at) + titleLetter(letter) + word.slice(at + letter.length);
}

/** Unicode's few letters whose title case is not their upper case: the digraphs of Croatian. */
const DIGRAPHS: readonly string[] = ["\u01c5", "\u01c8", "\u01cb", "\u01f2"];

function titleLetter(letter: string): string {
  const upper = letter.toUpperCase();
  const digraph = DIGRAPHS.find((title) => title.toUpperCase() === upper);
  if (digraph !== undefined) return digraph;
  // What becomes several letters ("\u00df", ligatures) has only its first one in upper case.
  const [first = "", ...others] = upper;
  return first + others.join("").toLowerCase();
}
