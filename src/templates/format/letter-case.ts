import { fromBytes, isAscii, mapRunes, toBytes } from "../bytes.ts";

/** Go maps single code points to single code points; JavaScript's full mapping may make several of one. */
function mapped(codePoint: number, full: string): number {
  const points = [...full];
  return points.length === 1 ? (points[0]?.codePointAt(0) ?? codePoint) : codePoint;
}

const DOTTED_CAPITAL_I = 0x130;

/** The capital of a Greek letter with an iota below, which stands eight or nine places behind it. */
function withIota(letter: string): string | undefined {
  const codePoint = letter.codePointAt(0) ?? 0;
  if (codePoint < 0x1f80 || codePoint > 0x1ff3) return undefined;
  const capitals = [codePoint + 8, codePoint + 9].map((capital) => String.fromCodePoint(capital));
  return capitals.find((capital) => capital.toLowerCase() === letter);
}

export function upperRune(codePoint: number): number {
  const letter = String.fromCodePoint(codePoint);
  return mapped(codePoint, withIota(letter) ?? letter.toUpperCase());
}

/** The digraphs of Croatian in title case. */
const DIGRAPHS: readonly string[] = ["\u01c5", "\u01c8", "\u01cb", "\u01f2"];

/** The title case of Unicode's few letters for which it is not their upper case. */
function ownTitle(letter: string): string | undefined {
  // Letters that are in title case, and Georgian, which has capitals that nothing begins with.
  if (/^[\p{Lt}\u10d0-\u10ff]$/u.test(letter)) return letter;
  const upper = letter.toUpperCase();
  return DIGRAPHS.find((title) => title.toUpperCase() === upper) ?? withIota(letter);
}

export function titleRune(codePoint: number): number {
  return ownTitle(String.fromCodePoint(codePoint))?.codePointAt(0) ?? upperRune(codePoint);
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

const firstCased = (text: string): number => text.search(/\p{Cased}/u);

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
  const at = firstCased(word);
  if (at < 0) return word;
  const letter = String.fromCodePoint(word.codePointAt(at) ?? 0);
  return word.slice(0, at) + titleLetter(letter) + word.slice(at + letter.length);
}

function titleLetter(letter: string): string {
  const title = ownTitle(letter);
  if (title !== undefined) return title;
  const upper = letter.toUpperCase();
  // What becomes several letters ("\u00df", ligatures) has only its first one in upper case.
  const end = firstCased(upper) + 1;
  return upper.slice(0, end) + upper.slice(end).toLowerCase();
}
