import { runesOf } from "../bytes.ts";
import { integerOf, isIntegerValue, kindOf, stringOf } from "../values/kinds.ts";
import type { Kind, Value } from "../values/value.ts";

/** Go's numbering of the kinds, as far as keys of different kinds are put in order by it. */
const KIND_ORDER: readonly Kind[] = [
  "invalid",
  "bool",
  "int",
  "int64",
  "uint64",
  "float64",
  "interface",
  "string",
];

const LETTER = /^\p{L}$/u;
const DIGIT = /^\p{Nd}$/u;
const isLetter = (codePoint: number | undefined): boolean =>
  codePoint !== undefined && LETTER.test(String.fromCodePoint(codePoint));
const isDigit = (codePoint: number | undefined): boolean =>
  codePoint !== undefined && DIGIT.test(String.fromCodePoint(codePoint));

function asNumber(key: Value): number | undefined {
  if (typeof key === "number") return key;
  if (typeof key === "boolean") return key ? 1 : 0;
  return isIntegerValue(key) ? Number(integerOf(key)) : undefined;
}

interface Digits {
  readonly value: bigint;
  readonly end: number;
}

function digitsFrom(points: readonly number[], start: number, seed: bigint): Digits {
  let value = seed;
  let end = start;
  for (; isDigit(points[end]); end++) value = value * 10n + BigInt((points[end] ?? 0x30) - 0x30);
  return { value: BigInt.asIntN(64, value), end };
}

/** A zero after other digits does not lead a number: both sides then count as if a 1 stood in front. */
function seedBefore(points: readonly number[], at: number): bigint {
  for (let index = at - 1; index >= 0 && isDigit(points[index]); index--)
    if (points[index] !== 0x30) return 1n;
  return 0n;
}

/** Natural order of two strings at the first place they differ: numbers by value, letters after all else. */
function compareAt(a: readonly number[], b: readonly number[], at: number): number {
  const [left = 0, right = 0] = [a[at], b[at]];
  const [leftIsLetter, rightIsLetter] = [isLetter(left), isLetter(right)];
  if (leftIsLetter && rightIsLetter) return left - right;
  if (leftIsLetter || rightIsLetter) return rightIsLetter ? -1 : 1;
  const seed = left === 0x30 || right === 0x30 ? seedBefore(a, at) : 0n;
  const [leftDigits, rightDigits] = [digitsFrom(a, at, seed), digitsFrom(b, at, seed)];
  if (leftDigits.value !== rightDigits.value) return leftDigits.value < rightDigits.value ? -1 : 1;
  if (leftDigits.end !== rightDigits.end) return leftDigits.end - rightDigits.end;
  return left - right;
}

function compareStrings(a: string, b: string): number {
  const left = Array.from(runesOf(a), ({ codePoint }) => codePoint);
  const right = Array.from(runesOf(b), ({ codePoint }) => codePoint);
  const length = Math.min(left.length, right.length);
  for (let at = 0; at < length; at++) if (left[at] !== right[at]) return compareAt(left, right, at);
  return left.length - right.length;
}

/** The order in which gopkg.in/yaml.v2 writes a map's keys. */
export function compareYamlKeys(a: Value, b: Value): number {
  const [left, right] = [asNumber(a), asNumber(b)];
  if (left !== undefined && right !== undefined && left !== right) return left - right;
  const [leftText, rightText] = [stringOf(a), stringOf(b)];
  if (leftText !== undefined && rightText !== undefined) return compareStrings(leftText, rightText);
  return KIND_ORDER.indexOf(kindOf(a)) - KIND_ORDER.indexOf(kindOf(b));
}
