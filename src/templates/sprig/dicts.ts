import { FunctionError } from "../errors.ts";
import type { Arguments } from "../functions/arguments.ts";
import { define, library } from "../functions/function-spec.ts";
import { kindOf, typeOf } from "../values/kinds.ts";
import { mergeMaps } from "../values/merge.ts";
import { sortedEntries } from "../values/sort-keys.ts";
import { ANY, ANY_MAP, anyList, anyMap, MapValue, stringList, type Value } from "../values/value.ts";
import { toText } from "./conversion.ts";
import { deepCopy, deepEqual } from "./deep.ts";

function dict({ values, run }: Arguments): MapValue {
  const map = anyMap();
  for (let index = 0; index < values.length; index += 2) {
    map.set(toText(values[index], run.meter), index + 1 < values.length ? values[index + 1] : "");
  }
  return map;
}

/** A nil map can be read but not written. */
function writable(args: Arguments): MapValue {
  if (args.map(0).isNil) throw new FunctionError("assignment to entry in nil map");
  return args.map(0);
}

function merged(args: Arguments, override: boolean): MapValue {
  const target = args.map(0).isNil ? anyMap() : args.map(0);
  for (let index = 1; index < args.count; index++)
    mergeMaps(target, args.map(index), override, args.run.meter);
  return target;
}

/** `dig key… default map`: what is at the end of the path of keys, or the default. */
function dig(args: Arguments): Value {
  if (args.count < 3) throw new FunctionError("expected at least three arguments");
  const keys = args.values.slice(0, -2).map((key) => {
    if (typeof key === "string") return key;
    throw new FunctionError(`a key is of type ${typeOf(key)}; expected string`);
  });
  const fallback = args.any(args.count - 2);
  let value = args.any(args.count - 1);
  for (const key of keys) {
    if (!(value instanceof MapValue) || value.type !== ANY_MAP) {
      throw new FunctionError(`a value on the way is of type ${typeOf(value)}; expected ${ANY_MAP}`);
    }
    if (!value.has(key)) return fallback;
    value = value.get(key);
  }
  return value;
}

const merge = define([ANY_MAP, `...${ANY_MAP}`], (args) => merged(args, false));
const mergeOverwrite = define([ANY_MAP, `...${ANY_MAP}`], (args) => merged(args, true));
const copy = define([ANY], (args) => {
  if (args.any(0) === null) throw new FunctionError("nil cannot be copied");
  return deepCopy(args.any(0), args.run.meter);
});

/** Sprig's functions on maps, and on what kind of value something is. Go's random order of keys is sorted here. */
export const SPRIG_DICTS = library({
  sprig_dict: define([`...${ANY}`], (args) => dict(args)),
  sprig_get: define([ANY_MAP, "string"], (args) =>
    args.map(0).has(args.string(1)) ? args.map(0).get(args.string(1)) : "",
  ),
  sprig_set: define([ANY_MAP, "string", ANY], (args) => {
    writable(args).set(args.string(1), args.any(2));
    return args.map(0);
  }),
  sprig_unset: define([ANY_MAP, "string"], (args) => {
    args.map(0).delete(args.string(1));
    return args.map(0);
  }),
  sprig_hasKey: define([ANY_MAP, "string"], (args) => args.map(0).has(args.string(1))),
  sprig_pluck: define(["string", `...${ANY_MAP}`], (args) => {
    const maps = args.rest(1).filter((map) => map instanceof MapValue && map.has(args.string(0)));
    return anyList(maps.map((map) => (map instanceof MapValue ? map.get(args.string(0)) : null)));
  }),
  sprig_keys: define([`...${ANY_MAP}`], (args) =>
    stringList(
      args.values.flatMap((_, index) =>
        sortedEntries(args.map(index)).map(([key]) => toText(key, args.run.meter)),
      ),
    ),
  ),
  sprig_values: define([ANY_MAP], (args) => anyList(sortedEntries(args.map(0)).map(([, value]) => value))),
  sprig_pick: define([ANY_MAP, "...string"], (args) =>
    anyMap(
      args
        .strings(1)
        .filter((key) => args.map(0).has(key))
        .map((key) => [key, args.map(0).get(key)] as const),
    ),
  ),
  sprig_omit: define([ANY_MAP, "...string"], (args) => {
    const map = anyMap();
    for (const [key, value] of args.map(0).entries())
      if (!args.strings(1).includes(toText(key, args.run.meter))) map.set(key, value);
    return map;
  }),
  sprig_merge: merge,
  sprig_mustMerge: merge,
  sprig_mergeOverwrite: mergeOverwrite,
  sprig_mustMergeOverwrite: mergeOverwrite,
  sprig_dig: define([`...${ANY}`], dig),
  sprig_deepCopy: copy,
  sprig_mustDeepCopy: copy,
  sprig_deepEqual: define([ANY, ANY], (args) => deepEqual(args.any(0), args.any(1), args.run.meter)),
  sprig_typeOf: define([ANY], (args) => shownType(args.any(0))),
  sprig_typeIs: define(["string", ANY], (args) => args.string(0) === shownType(args.any(1))),
  sprig_typeIsLike: define(["string", ANY], (args) => {
    const type = shownType(args.any(1));
    return args.string(0) === type || `*${args.string(0)}` === type;
  }),
  sprig_kindOf: define([ANY], (args) => shownKind(args.any(0))),
  sprig_kindIs: define(["string", ANY], (args) => args.string(0) === shownKind(args.any(1))),
});

const shownType = (value: Value): string => (value === null ? "<nil>" : typeOf(value));
const shownKind = (value: Value): string => (value === null ? "invalid" : kindOf(value));
