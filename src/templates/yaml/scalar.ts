import { runeAt } from "../bytes.ts";

/** Where a scalar is written. */
export interface Place {
  /** Characters already on the line. */
  readonly column: number;
  /** Spaces before the lines it goes on in. */
  readonly indent: number;
  /** It is a key and has to stay on one line. */
  readonly isKey: boolean;
}

type Style = "plain" | "single" | "double" | "literal";

/** Lines are folded at the first space beyond this column. */
const WIDTH = 80;

const ESCAPES: Readonly<Record<number, string>> = {
  0: "0",
  7: "a",
  8: "b",
  9: "t",
  10: "n",
  11: "v",
  12: "f",
  13: "r",
  27: "e",
  34: '"',
  92: "\\",
  133: "N",
  160: "_",
  8232: "L",
  8233: "P",
};

const BREAKS = new Set([0x0a, 0x0d, 0x85, 0x2028, 0x2029]);
const INDICATORS = new Set("#,[]{}&*!|>'\"%@`");

/** The writer knows no code points above U+FFFF and no tab: they make it use double quotes. */
function isPrintable(codePoint: number): boolean {
  if (codePoint < 0x80) return codePoint === 0x0a || (codePoint >= 0x20 && codePoint < 0x7f);
  return codePoint >= 0xa0 && codePoint <= 0xfffd && codePoint !== 0xfeff;
}

/** What the content of a scalar allows. */
interface Analysis {
  readonly plain: boolean;
  readonly single: boolean;
  readonly block: boolean;
  readonly multiline: boolean;
}

/** Whether plain text would be taken for something else in block context. */
function hasIndicators(text: string): boolean {
  if (text.startsWith("---") || text.startsWith("...")) return true;
  const first = text[0] ?? "";
  if (INDICATORS.has(first)) return true;
  if (/^[-?:](?:[ \t]|$)/.test(text)) return true;
  return /.:(?:[ \t]|$)/s.test(text) || /[ \t\r\n]#/.test(text);
}

function analyze(text: string): Analysis {
  if (text === "") return { plain: true, single: true, block: false, multiline: false };
  let special = false;
  let multiline = false;
  let breakThenSpace = false;
  let spaceThenBreak = false;
  let previous: "space" | "break" | "other" = "other";
  for (let index = 0; index < text.length; ) {
    const { codePoint, size } = runeAt(text, index);
    index += size;
    if (!isPrintable(codePoint)) special = true;
    if (codePoint === 0x20) {
      if (previous === "break") breakThenSpace = true;
      previous = "space";
    } else if (BREAKS.has(codePoint)) {
      multiline = true;
      if (previous === "space") spaceThenBreak = true;
      previous = "break";
    } else previous = "other";
  }
  const edge = /^[ \n\r]|[ \n\r]$/.test(text);
  const bad = special || spaceThenBreak;
  return {
    plain: !edge && !multiline && !bad && !hasIndicators(text),
    single: !breakThenSpace && !bad,
    block: !text.endsWith(" ") && !bad,
    multiline,
  };
}

/** The style a scalar gets in the end: the wanted one if its content allows. */
function settled(text: string, wanted: Style, isKey: boolean): Style {
  const { plain, single, block, multiline } = analyze(text);
  let style: Style = isKey && multiline ? "double" : wanted;
  if (style === "plain" && (!plain || (text === "" && isKey))) style = "single";
  if (style === "single" && !single) style = "double";
  if (style === "literal" && (!block || isKey)) style = "double";
  return style;
}

function escaped(codePoint: number): string {
  const short = ESCAPES[codePoint];
  if (short !== undefined) return `\\${short}`;
  const hex = codePoint.toString(16).toUpperCase();
  if (codePoint <= 0xff) return `\\x${hex.padStart(2, "0")}`;
  return codePoint <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** One code point as it is written between quotes of a kind. */
function quotedCharacter(
  codePoint: number,
  character: string,
  quote: "" | "'" | '"',
  escapesAll: boolean,
): string {
  if (quote === "'" && character === "'") return "''";
  const needsEscape =
    escapesAll || !isPrintable(codePoint) || BREAKS.has(codePoint) || character === '"' || character === "\\";
  return quote === '"' && needsEscape ? escaped(codePoint) : character;
}

const BYTE_ORDER_MARK = "\xef\xbb\xbf";

/** Writes text on lines of about WIDTH, folding at single spaces. */
function folded(text: string, place: Place, quote: "" | "'" | '"'): string {
  const newLine = `\n${" ".repeat(place.indent)}`;
  // In a text that begins with a byte order mark, yaml.v2 takes every character for one.
  const escapesAll = text.startsWith(BYTE_ORDER_MARK);
  let out: string = quote;
  let column = place.column + quote.length;
  let afterSpace = false;
  let afterBreak = false;
  for (let index = 0; index < text.length; ) {
    const { codePoint, size } = runeAt(text, index);
    const character = text.slice(index, index + size);
    const isInside = quote === "" || (index > 0 && index < text.length - 1);
    index += size;
    const spaceFollows = text[index] === " ";
    if (quote === "'" && afterBreak && !BREAKS.has(codePoint)) {
      out += " ".repeat(place.indent);
      column = place.indent;
    }
    const mayFold =
      character === " " && !escapesAll && !place.isKey && !afterSpace && column > WIDTH && isInside;
    if (mayFold && (quote === '"' || !spaceFollows)) {
      const guard = spaceFollows ? "\\" : "";
      out += newLine + guard;
      column = place.indent + guard.length;
    } else {
      const written = quotedCharacter(codePoint, character, quote, escapesAll);
      out += written;
      column += written === character ? 1 : written.length;
    }
    afterSpace = character === " ";
    afterBreak = BREAKS.has(codePoint);
  }
  return out + quote;
}

/** What breaks a line in text that needs no escapes; a line with something on it follows, or not. */
const BREAK = "(?:\\n|\xe2\x80[\xa8\xa9])";
const LINE_STARTS = new RegExp(`(?:^|${BREAK})(?!${BREAK}|$)`, "g");
const STARTS_BLANK = new RegExp(`^(?: |${BREAK})`);
const ENDS_IN_BREAK = new RegExp(`${BREAK}$`);
const ENDS_IN_EMPTY_LINE = new RegExp(`(?:^|${BREAK})${BREAK}$`);

function literal(text: string, indent: number): string {
  let hint = STARTS_BLANK.test(text) ? "2" : "";
  if (!ENDS_IN_BREAK.test(text)) hint += "-";
  else if (ENDS_IN_EMPTY_LINE.test(text)) hint += "+";
  return `|${hint}\n${text.replace(LINE_STARTS, (start) => start + " ".repeat(indent))}`;
}

/** A scalar in the style that its content allows. */
export function writeScalar(text: string, wanted: "plain" | "double" | "literal", place: Place): string {
  switch (settled(text, wanted, place.isKey)) {
    case "literal":
      return literal(text, place.indent);
    case "single":
      return folded(text, place, "'");
    case "double":
      return folded(text, place, '"');
    default:
      return folded(text, place, "");
  }
}
