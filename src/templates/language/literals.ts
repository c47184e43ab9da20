import { encodeRune, runeAt } from "../bytes.ts";
import { parseFloat64, parseInteger } from "../format/parse-number.ts";
import type { NumberNode, Span } from "./nodes.ts";

const SIMPLE_ESCAPES: Readonly<Record<string, string>> = {
  a: "\x07",
  b: "\b",
  f: "\f",
  n: "\n",
  r: "\r",
  t: "\t",
  v: "\v",
  "\\": "\\",
};
const HEX_DIGITS: Readonly<Record<string, number>> = { x: 2, u: 4, U: 8 };

interface Escape {
  /** The bytes it stands for. */
  readonly bytes: string;
  readonly codePoint: number;
  readonly end: number;
}

/** Reads the escape sequence whose backslash is at `at`; undefined: Go knows no such escape. */
function readEscape(text: string, at: number, quote: string): Escape | undefined {
  const letter = text[at + 1] ?? "";
  const simple = letter === quote ? quote : SIMPLE_ESCAPES[letter];
  if (simple !== undefined) return { bytes: simple, codePoint: simple.charCodeAt(0), end: at + 2 };
  const digits = HEX_DIGITS[letter];
  if (digits !== undefined) {
    const hex = text.slice(at + 2, at + 2 + digits);
    if (!/^[\da-fA-F]+$/.test(hex) || hex.length !== digits) return undefined;
    const codePoint = Number.parseInt(hex, 16);
    if (letter === "x") return { bytes: String.fromCharCode(codePoint), codePoint, end: at + 4 };
    if (codePoint > 0x10ffff || (codePoint >= 0xd800 && codePoint <= 0xdfff)) return undefined;
    return { bytes: encodeRune(codePoint), codePoint, end: at + 2 + digits };
  }
  const octal = /^[0-7]{3}$/.test(text.slice(at + 1, at + 4)) ? text.slice(at + 1, at + 4) : "";
  const codePoint = octal === "" ? 256 : Number.parseInt(octal, 8);
  if (codePoint > 255) return undefined;
  return { bytes: String.fromCharCode(codePoint), codePoint, end: at + 4 };
}

/** The value of a quoted or raw string literal with its quotes; undefined: an escape is wrong. */
export function unquote(literal: string): string | undefined {
  const body = literal.slice(1, -1);
  // Go drops carriage returns from raw strings.
  if (literal[0] === "`") return body.replaceAll("\r", "");
  let value = "";
  for (let at = 0; at < body.length; ) {
    const backslash = body.indexOf("\\", at);
    if (backslash < 0) return value + body.slice(at);
    const sequence = readEscape(body, backslash, '"');
    if (!sequence) return undefined;
    value += body.slice(at, backslash) + sequence.bytes;
    at = sequence.end;
  }
  return value;
}

function characterConstant(literal: string): number | undefined {
  if (literal[1] === "\\") {
    const sequence = readEscape(literal, 1, "'");
    return sequence?.end === literal.length - 1 ? sequence.codePoint : undefined;
  }
  if (literal.length < 3) return undefined;
  const { codePoint, size } = runeAt(literal, 1);
  return size === literal.length - 2 ? codePoint : undefined;
}

const INT64_MIN = -(2n ** 63n);
const INT64_MAX = 2n ** 63n - 1n;
const UINT64_MAX = 2n ** 64n - 1n;

/** The integer a float is, if it is one and fits. */
function wholeInRange(value: number, least: bigint, most: bigint): bigint | undefined {
  if (!Number.isInteger(value)) return undefined;
  const whole = BigInt(value);
  return whole >= least && whole <= most ? whole : undefined;
}

function complexNode(span: Span, text: string, real: number, imaginary: number): NumberNode {
  const isReal = imaginary === 0;
  return {
    kind: "number",
    ...span,
    text,
    complex: { real, imaginary },
    float: isReal ? real : undefined,
    int: isReal ? wholeInRange(real, INT64_MIN, INT64_MAX) : undefined,
    uint: isReal ? wholeInRange(real, 0n, UINT64_MAX) : undefined,
  };
}

function imaginaryPart(text: string): number | undefined {
  return text.endsWith("i") ? parseFloat64(text.slice(0, -1)) : undefined;
}

/** Splits `1+2i` at the sign between its parts. */
function complexConstant(span: Span, text: string): NumberNode | undefined {
  const split = /^([+-]?(?:0[xX][^+-]*|[^+-]*[eE][+-]?[\d_]*|[^+-]*))([+-].*)$/.exec(text);
  const whole = imaginaryPart(text);
  if (whole !== undefined) return complexNode(span, text, 0, whole);
  const real = parseFloat64(split?.[1] ?? "");
  const imaginary = imaginaryPart(split?.[2] ?? "");
  return real === undefined || imaginary === undefined ? undefined : complexNode(span, text, real, imaginary);
}

/**
 * The number a constant stands for, as Go's template language reads it.
 * @returns a sentence's end ("… integer overflow") where it is none.
 */
export function readNumber(span: Span, text: string): NumberNode | string {
  if (text.startsWith("'")) {
    const codePoint = characterConstant(text);
    if (codePoint === undefined) return "malformed character constant";
    const value = BigInt(codePoint);
    return { kind: "number", ...span, text, int: value, uint: value, float: codePoint, complex: undefined };
  }
  if (text.endsWith("i")) return complexConstant(span, text) ?? "illegal number syntax";
  const whole = parseInteger(text, 0);
  const int = whole !== undefined && whole >= INT64_MIN && whole <= INT64_MAX ? whole : undefined;
  const uint =
    whole !== undefined && whole >= 0n && whole <= UINT64_MAX && (whole === 0n || /^\d/.test(text))
      ? whole
      : undefined;
  if (int !== undefined || uint !== undefined) {
    return { kind: "number", ...span, text, int, uint, float: Number(int ?? uint), complex: undefined };
  }
  const float = parseFloat64(text);
  if (float === undefined || !Number.isFinite(float)) return "illegal number syntax";
  if (!/[.eEpP]/.test(text)) return "integer overflow";
  return {
    kind: "number",
    ...span,
    text,
    float,
    int: wholeInRange(float, INT64_MIN, INT64_MAX),
    uint: wholeInRange(float, 0n, UINT64_MAX),
    complex: undefined,
  };
}
