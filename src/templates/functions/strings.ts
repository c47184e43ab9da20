import { FunctionError } from "../errors.ts";
import { titleWords, toLower, toUpper } from "../format/letter-case.ts";
import { parseFloat64 } from "../format/parse-number.ts";
import { replaceBytes, splitBytes, trimCutset, trimSpace } from "../format/trim.ts";
import { int64, MapValue, stringList, uint64, type Value } from "../values/value.ts";
import type { Arguments } from "./arguments.ts";
import { define, library } from "./function-spec.ts";
import { parseRanged } from "./integers.ts";

const TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE = new Set(["", "0", "f", "F", "FALSE", "false", "False"]);

const one = (of: (text: string) => Value) => define(["string"], (args) => of(args.string(0)));

/** How often a non-overlapping `part` occurs; an empty one between all code points. */
function occurrences(text: string, part: string): number {
  return part === "" ? text.length + 1 : text.split(part).length - 1;
}

/** Puts `to` for every `from` in `text`, taking the room first. */
export function replaceAll(args: Arguments, from: string, to: string, text: string): string {
  if (to.length > from.length) args.run.meter.allocate(occurrences(text, from) * to.length);
  return replaceBytes(text, from, to);
}

/** Spaces in front of every line that is not empty. */
function indent(args: Arguments): string {
  const spaces = args.size(0);
  const text = args.string(1);
  if (spaces < 0) throw new FunctionError("the number of spaces is negative");
  args.run.meter.allocate(spaces * occurrences(text, "\n"));
  return text.replace(/^(?!\n)(?=[\s\S])/gm, " ".repeat(spaces));
}

function splitToMap(separator: string, assign: string, text: string): MapValue {
  const map = new MapValue("string", "string");
  const trimmed = trimSpace(text);
  if (trimmed === "") return map;
  for (const pair of splitBytes(trimmed, separator)) {
    const at = pair.indexOf(assign);
    if (at >= 0) map.set(pair.slice(0, at), pair.slice(at + assign.length));
  }
  return map;
}

function parseBool(text: string): boolean {
  if (TRUE.has(text)) return true;
  if (FALSE.has(text)) return false;
  throw new FunctionError("the text is not a boolean; expected true or false");
}

function parseFloatText(text: string): number {
  if (text === "") return 0;
  const value = parseFloat64(text);
  if (value === undefined) throw new FunctionError("the text is not a number");
  if (!Number.isFinite(value) && /\d/.test(text))
    throw new FunctionError("the number is out of range for float64");
  return value;
}

/** consul-template's functions on strings. */
export const STRINGS = library({
  indent: define(["int", "string"], indent),
  join: define(["string", "[]string"], (args) => {
    const parts = args.list(1).items.filter((item) => typeof item === "string");
    args.run.meter.allocate(args.string(0).length * parts.length);
    return parts.join(args.string(0));
  }),
  parseBool: one(parseBool),
  parseFloat: one(parseFloatText),
  parseInt: one((text) => int64(parseRanged(text, -(2n ** 63n), 2n ** 63n - 1n, "a 64 bit integer"))),
  parseUint: one((text) => {
    if (/^[+-]/.test(text)) throw new FunctionError("the text is not an unsigned integer");
    return uint64(parseRanged(text, 0n, 2n ** 64n - 1n, "an unsigned 64 bit integer"));
  }),
  replaceAll: define(["string", "string", "string"], (args) =>
    replaceAll(args, args.string(0), args.string(1), args.string(2)),
  ),
  split: define(["string", "string"], (args) => {
    const text = trimSpace(args.string(1));
    return stringList(text === "" ? [] : splitBytes(text, args.string(0)));
  }),
  splitToMap: define(["string", "string", "string"], (args) =>
    splitToMap(args.string(0), args.string(1), args.string(2)),
  ),
  toLower: one(toLower),
  toTitle: one(titleWords),
  toUpper: one(toUpper),
  trim: define(["string", "string"], (args) => trimCutset(args.string(1), args.string(0))),
  trimPrefix: define(["string", "string"], (args) => {
    const [prefix, text] = [args.string(0), args.string(1)];
    return text.startsWith(prefix) ? text.slice(prefix.length) : text;
  }),
  trimSpace: one(trimSpace),
  trimSuffix: define(["string", "string"], (args) => {
    const [suffix, text] = [args.string(0), args.string(1)];
    return text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text;
  }),
});
