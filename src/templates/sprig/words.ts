import { encodeRune, mapRunes, runesOf } from "../bytes.ts";
import { lowerRune, titleRune, toLower, upperRune } from "../format/letter-case.ts";
import { isSpaceRune } from "../format/trim.ts";

const is = (pattern: RegExp) => (codePoint: number) => pattern.test(String.fromCodePoint(codePoint));
const isUpper = is(/^\p{Lu}$/u);
const isLower = is(/^\p{Ll}$/u);
const isTitle = is(/^\p{Lt}$/u);
const isLetter = is(/^\p{L}$/u);
const isNumber = is(/^\p{N}$/u);
const isPunctuation = is(/^\p{P}$/u);
const isWordCharacter = is(/^[\p{L}\p{Nd}_]$/u);
const isConnector = (codePoint: number): boolean =>
  codePoint === 0x2d || codePoint === 0x5f || isSpaceRune(codePoint);

/** Changes the first code point of every word; `starts` says what a word comes after. */
function changeInitials(
  text: string,
  starts: (codePoint: number) => boolean,
  change: (codePoint: number) => number,
): string {
  let atStart = true;
  return mapRunes(text, (codePoint) => {
    const changed = atStart && !starts(codePoint) ? change(codePoint) : codePoint;
    atStart = starts(codePoint);
    return changed;
  });
}

/** Go's strings.Title: what is no letter, digit or underscore ends a word. */
export const title = (text: string): string =>
  changeInitials(text, (point) => (point < 0x80 ? !isWordCharacter(point) : isSpaceRune(point)), titleRune);

export const untitle = (text: string): string => changeInitials(text, isSpaceRune, lowerRune);

/** A small letter becomes a capital, but at the beginning of a word one in title case. */
export function swapCase(text: string): string {
  let atStart = true;
  return mapRunes(text, (codePoint) => {
    const isCapital = isUpper(codePoint) || isTitle(codePoint);
    const swap = isCapital ? lowerRune : atStart ? titleRune : upperRune;
    if (!isCapital && !isLower(codePoint)) {
      atStart = isSpaceRune(codePoint);
      return codePoint;
    }
    atStart = false;
    return swap(codePoint);
  });
}

/** The first byte of every word; bytes count as Latin-1 here. */
export function initials(text: string): string {
  let afterGap = true;
  let letters = "";
  for (const byte of text) {
    const isGap = isSpaceRune(byte.charCodeAt(0));
    if (afterGap && !isGap) letters += encodeRune(byte.charCodeAt(0));
    afterGap = isGap;
  }
  return letters;
}

/** All but white space; bytes count as Latin-1 here. */
export function withoutSpace(text: string): string {
  const kept = [...text].filter((byte) => !isSpaceRune(byte.charCodeAt(0)));
  return kept.length === text.length ? text : kept.map((byte) => encodeRune(byte.charCodeAt(0))).join("");
}

/** `some_words` to `SomeWords`; several connectors in a row leave all but the last. */
export function pascalCase(text: string): string {
  const points = Array.from(runesOf(text), ({ codePoint }) => codePoint);
  let first = 0;
  while (first < points.length && isConnector(points[first] ?? 0)) first++;
  const out = points.slice(0, first);
  // Where nothing but connectors is, the last one comes twice.
  if (first >= points.length) return [...out, ...out.slice(-1)].map(encodeRune).join("");
  let current = points[first] ?? 0;
  let runOfUpper = isUpper(current);
  current = upperRune(current);
  for (const next of points.slice(first + 1)) {
    const previous = current;
    current = next;
    if (isConnector(previous)) {
      if (isConnector(current)) {
        out.push(previous);
        continue;
      }
      runOfUpper = isUpper(current);
      current = upperRune(current);
      continue;
    }
    if (runOfUpper && isUpper(current)) current = lowerRune(current);
    else if (runOfUpper) runOfUpper = false;
    out.push(previous);
  }
  return [...out, current].map(encodeRune).join("");
}

type WordKind = "number" | "upper" | "lower" | "connector" | "punctuation" | "other";

interface Word {
  readonly kind: WordKind;
  readonly text: string;
}

/** Chinese characters are no letters to xstrings: they make words of their own. */
const isIdeograph = (codePoint: number): boolean =>
  (codePoint >= 0x3400 && codePoint <= 0x4d85) ||
  (codePoint >= 0x4e00 && codePoint <= 0x9fcc) ||
  (codePoint >= 0x20000 && codePoint <= 0x2b81d);

function kindOfRune(codePoint: number): WordKind {
  if (isConnector(codePoint)) return "connector";
  if (isPunctuation(codePoint)) return "punctuation";
  if (isUpper(codePoint)) return "upper";
  if (isLetter(codePoint) && !isIdeograph(codePoint)) return "lower";
  return isNumber(codePoint) ? "number" : "other";
}

/** Cuts `HTTPServer2xx` into HTTP, Server, 2, xx. */
function wordsOf(text: string): Word[] {
  const words: Word[] = [];
  const points = Array.from(runesOf(text), ({ codePoint }) => codePoint);
  for (let at = 0; at < points.length; ) {
    const kind = kindOfRune(points[at] ?? 0);
    let end = at + 1;
    const run = (wanted: WordKind): void => {
      while (end < points.length && kindOfRune(points[end] ?? 0) === wanted) end++;
    };
    if (kind === "punctuation") {
      // Connectors are punctuation too, but for the blanks.
      while (end < points.length && isPunctuation(points[end] ?? 0)) end++;
    } else if (kind !== "upper") run(kind);
    else if (end < points.length && kindOfRune(points[end] ?? 0) === "upper") {
      run("upper");
      // The last capital of a run begins the next word, if letters follow it.
      if (end < points.length && kindOfRune(points[end] ?? 0) === "lower") end--;
    } else run("lower");
    words.push({ kind, text: points.slice(at, end).map(encodeRune).join("") });
    at = end;
  }
  return words;
}

const breaksBefore = (word: Word | undefined): boolean =>
  word !== undefined && word.kind !== "connector" && word.kind !== "punctuation";

/** `FirstName` to `first_name` (or with another connector), as huandu/xstrings does it. */
export function separated(text: string, connector: string): string {
  const words = wordsOf(text);
  const shown = ({ kind, text: word }: Word): string => {
    if (kind === "connector") return connector.repeat(Array.from(runesOf(word)).length);
    return kind === "upper" || kind === "lower" ? toLower(word) : word;
  };
  let out = "";
  let at = 0;
  const write = (): void => {
    const word = words[at++];
    if (word) out += shown(word);
  };
  const writeNumberAndLetters = (): void => {
    while (words[at]?.kind === "lower" || words[at]?.kind === "number") write();
    if (breaksBefore(words[at])) out += connector;
  };
  while (at < words.length) {
    const kind = words[at]?.kind;
    write();
    if (at >= words.length || kind === "connector" || kind === "punctuation") continue;
    if (kind === "number") {
      writeNumberAndLetters();
      continue;
    }
    if (words[at]?.kind !== "number") {
      if (breaksBefore(words[at])) out += connector;
      continue;
    }
    if (at + 1 >= words.length) continue;
    if (words[at + 1]?.kind !== "lower") {
      // A number belongs to the word before it, unless small letters follow.
      write();
      if (breaksBefore(words[at])) out += connector;
      continue;
    }
    out += connector;
    writeNumberAndLetters();
  }
  return out;
}

/** Breaks lines at spaces; `breakLongWords` also breaks what is longer than a line. Counts bytes. */
export function wrap(text: string, width: number, newLine: string, breakLongWords: boolean): string {
  const length = Math.max(width, 1);
  const ending = newLine === "" ? "\n" : newLine;
  let wrapped = "";
  let at = 0;
  while (text.length - at > length) {
    if (text[at] === " ") {
      at++;
      continue;
    }
    const space = text.slice(at, at + length + 1).lastIndexOf(" ");
    if (space >= 0) {
      wrapped += text.slice(at, at + space) + ending;
      at += space + 1;
    } else if (breakLongWords) {
      wrapped += text.slice(at, at + length) + ending;
      at += length;
    } else {
      const next = text.indexOf(" ", at + length);
      if (next < 0) break;
      wrapped += text.slice(at, next) + ending;
      at = next + 1;
    }
  }
  return wrapped + text.slice(at);
}

/** Shortens to `width` bytes with an ellipsis at the end, and at the beginning for an offset. */
export function abbreviate(text: string, offset: number, width: number): string {
  if (text.length <= width || text === "") return text;
  if (width < 4) return "";
  const most = width - 3;
  let left = Math.min(offset, text.length);
  if (text.length - left < most) left = text.length - most;
  if (left <= 4) return `${text.slice(0, most)}...`;
  if (width < 7) return "";
  if (left + most < text.length) return `...${abbreviate(text.slice(left), 0, most)}`;
  return `...${text.slice(text.length - most)}`;
}
