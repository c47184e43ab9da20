import { parseFloat64, parseInteger } from "../format/parse-number.ts";
import { uint64, type Value } from "../values/value.ts";

/** What a plain scalar stands for in YAML 1.1 as gopkg.in/yaml.v2 reads it. */
export type Resolved =
  | { readonly tag: "str" | "timestamp" }
  | { readonly tag: "null" | "bool" | "int" | "float"; readonly value: Value };

const INFINITY = Number.POSITIVE_INFINITY;
const spellings = (resolved: Resolved, words: string): [string, Resolved][] =>
  words.split(" ").map((word) => [word, resolved]);
const WORDS: ReadonlyMap<string, Resolved> = new Map([
  ...spellings({ tag: "bool", value: true }, "y Y yes Yes YES true True TRUE on On ON"),
  ...spellings({ tag: "bool", value: false }, "n N no No NO false False FALSE off Off OFF"),
  ...spellings({ tag: "null", value: null }, " ~ null Null NULL"),
  ...spellings({ tag: "float", value: Number.NaN }, ".nan .NaN .NAN"),
  ...spellings({ tag: "float", value: INFINITY }, ".inf .Inf .INF +.inf +.Inf +.INF"),
  ...spellings({ tag: "float", value: -INFINITY }, "-.inf -.Inf -.INF"),
]);

const FLOAT = /^[-+]?(?:\.\d+|\d+(?:\.\d*)?)(?:[eE][-+]?\d+)?$/;
const TIMESTAMP =
  /^\d{4}-(\d{1,2})-(\d{1,2})(?:[Tt]\d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?(?:Z|[-+]\d\d:\d\d)| \d{1,2}:\d{1,2}:\d{1,2}(?:\.\d+)?)?$/;

function isTimestamp(text: string): boolean {
  const match = TIMESTAMP.exec(text);
  const [month, day] = [Number(match?.[1]), Number(match?.[2])];
  return match !== null && month >= 1 && month <= 12 && day >= 1 && day <= 31;
}

/** An integer that fits 64 bits, unsigned if it must. */
function fitting(value: bigint | undefined): Resolved | undefined {
  if (value === undefined) return undefined;
  if (BigInt.asIntN(64, value) === value) return { tag: "int", value };
  return BigInt.asUintN(64, value) === value ? { tag: "int", value: uint64(value) } : undefined;
}

function number(text: string): Resolved | undefined {
  if (isTimestamp(text)) return { tag: "timestamp" };
  const plain = text.replaceAll("_", "");
  const whole = fitting(parseInteger(plain, 0));
  if (whole) return whole;
  if (FLOAT.test(plain) && Number.isFinite(Number(plain))) return { tag: "float", value: Number(plain) };
  return undefined;
}

/** Resolves a plain (unquoted) scalar. */
export function resolvePlain(text: string): Resolved {
  const word = WORDS.get(text);
  if (word) return word;
  if (text.startsWith(".")) {
    const value = parseFloat64(text);
    if (value !== undefined && Number.isFinite(value)) return { tag: "float", value };
  } else if (/^[-+\d]/.test(text)) {
    const value = number(text);
    if (value) return value;
  }
  return { tag: "str" };
}
