import { FunctionError } from "../errors.ts";
import { JsonNumber } from "../values/json-number.ts";
import { integerOf, isIntegerValue, isUnsigned, stringOf } from "../values/kinds.ts";
import { mergeMaps } from "../values/merge.ts";
import { sortedEntries } from "../values/sort-keys.ts";
import { ANY, ANY_LIST, ANY_MAP, anyMap, List, MapValue, type Value } from "../values/value.ts";
import type { Arguments } from "./arguments.ts";
import { define, library } from "./function-spec.ts";

/** Only strings are compared by type, and nil has none. */
function rejectNil(container: Value, wanted: Value): void {
  const isString = (value: Value): boolean => stringOf(value) !== undefined;
  const compared = container instanceof List ? container.items : [container];
  if (wanted === null && compared.some(isString))
    throw new FunctionError("nil cannot be searched for among strings");
}

/** Whether two items are the same to `in`: signed integers of any size, floats, or strings of one type. */
function same(item: Value, wanted: Value): boolean {
  if (isIntegerValue(item) && isIntegerValue(wanted)) {
    return !isUnsigned(item) && !isUnsigned(wanted) && integerOf(item) === integerOf(wanted);
  }
  if (item instanceof JsonNumber && wanted instanceof JsonNumber) return item.text === wanted.text;
  const comparable = typeof item === "number" || typeof item === "string";
  return comparable && item === wanted;
}

/** Whether a list has an item, or a string another inside it. */
function holds(container: Value, wanted: Value): boolean {
  rejectNil(container, wanted);
  if (container instanceof List) return container.items.some((item) => same(item, wanted));
  if (typeof container === "string" && typeof wanted === "string") return container.includes(wanted);
  if (container instanceof JsonNumber && wanted instanceof JsonNumber)
    return container.text.includes(wanted.text);
  return false;
}

const quantified = (test: (items: readonly Value[], isIn: (item: Value) => boolean) => boolean) =>
  define([ANY_LIST, ANY], (args) => {
    const container = args.any(1);
    return test(args.list(0).items, (item) => holds(container, item));
  });

/** Puts a value at a path with slashes, making the maps on the way. */
function insert(root: MapValue, path: string, value: Value): void {
  let map = root;
  const parts = path.split("/");
  const last = parts.pop() ?? "";
  for (const part of parts) {
    if (!map.has(part)) map.set(part, anyMap());
    const next = map.get(part);
    if (!(next instanceof MapValue) || next.type !== ANY_MAP) {
      throw new FunctionError("a key is both a value and the beginning of another key");
    }
    map = next;
  }
  if (last !== "") map.set(last, value);
}

function explode(map: MapValue): MapValue {
  const exploded = anyMap();
  for (const [key, value] of sortedEntries(map)) insert(exploded, typeof key === "string" ? key : "", value);
  return exploded;
}

/** A map that was nil becomes one that can be filled. */
function merged(args: Arguments, override: boolean): MapValue {
  const target = args.map(0).isNil ? anyMap() : args.map(0);
  mergeMaps(target, args.map(1), override, args.run.meter);
  return target;
}

/** consul-template's functions on lists and maps. */
export const COLLECTIONS = library({
  contains: define([ANY, ANY], (args) => holds(args.any(1), args.any(0))),
  containsAll: quantified((items, isIn) => items.every(isIn)),
  containsAny: quantified((items, isIn) => items.some(isIn)),
  containsNone: quantified((items, isIn) => !items.some(isIn)),
  containsNotAll: quantified((items, isIn) => !items.every(isIn)),
  in: define([ANY, ANY], (args) => holds(args.any(0), args.any(1))),
  /** Takes pairs out of Consul, of which there are none here: an empty list is all it can get. */
  explode: define(["[]*dependency.KeyPair"], () => anyMap()),
  explodeMap: define([ANY_MAP], (args) => explode(args.map(0))),
  mergeMap: define([ANY_MAP, ANY_MAP, "...func(*mergo.Config)"], (args) => merged(args, false)),
  mergeMapWithOverride: define([ANY_MAP, ANY_MAP], (args) => merged(args, true)),
});
