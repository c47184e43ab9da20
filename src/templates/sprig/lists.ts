import { FunctionError } from "../errors.ts";
import type { Arguments } from "../functions/arguments.ts";
import { define, type FunctionSpec, library } from "../functions/function-spec.ts";
import type { Meter } from "../limits.ts";
import { isTrue, kindOf } from "../values/kinds.ts";
import { compareKeys } from "../values/sort-keys.ts";
import { ANY, ANY_LIST, anyList, List, nilList, stringList, type Value } from "../values/value.ts";
import { toInt64, toText, toTexts } from "./conversion.ts";
import { deepEqual } from "./deep.ts";

function listAt(args: Arguments, index: number, what: string): List {
  const value = args.any(index);
  if (value instanceof List) return value;
  throw new FunctionError(`cannot ${what} on type ${kindOf(value)}; expected a list`);
}

/** The plain function and its `must` twin, which differ in how Go reports the same errors. */
const twins = (name: string, spec: FunctionSpec): Record<string, FunctionSpec> => ({
  [`sprig_${name}`]: spec,
  [`sprig_must${name.slice(0, 1).toUpperCase()}${name.slice(1)}`]: spec,
});

const includes = (items: readonly Value[], wanted: Value, meter: Meter): boolean =>
  items.some((item) => deepEqual(wanted, item, meter));

/** Parts of a list without its first or last items; a list that was empty makes nil. */
const part = (name: string, cut: (items: readonly Value[]) => readonly Value[]) =>
  twins(
    name,
    define([ANY], (args) => {
      const { items } = listAt(args, 0, `find ${name}`);
      return items.length === 0 ? nilList(ANY) : anyList(cut(items));
    }),
  );

const end = (name: string, of: (items: readonly Value[]) => Value) =>
  twins(
    name,
    define([ANY], (args) => of(listAt(args, 0, `find ${name}`).items) ?? null),
  );

function uniq(items: readonly Value[], meter: Meter): readonly Value[] {
  const kept: Value[] = [];
  for (const item of items) if (!includes(kept, item, meter)) kept.push(item);
  return kept;
}

/** The number of chunks is worked out first, as Sprig does: a size that is not positive can come to none at all. */
function chunk(args: Arguments): List {
  const size = args.size(0);
  const { items } = listAt(args, 1, "chunk");
  const count = Math.floor((items.length - 1) / size) + 1;
  if (size <= 0 && count !== 0) throw new FunctionError("the size of a chunk is not positive");
  const chunks: List[] = [];
  for (let index = 0; index < count; index++)
    chunks.push(anyList(items.slice(index * size, (index + 1) * size)));
  return new List(ANY_LIST, chunks);
}

function slice(args: Arguments): Value {
  const list = listAt(args, 0, "slice");
  if (list.items.length === 0) return null;
  const from = args.count > 1 ? Number(toInt64(args.any(1))) : 0;
  const to = args.count > 2 ? Number(toInt64(args.any(2))) : list.items.length;
  if (from < 0 || to > list.items.length || from > to) throw new FunctionError("slice index out of bounds");
  return new List(list.elementType, list.items.slice(from, to));
}

function concat(args: Arguments): List {
  const items = args.values.flatMap((_, index) => listAt(args, index, "concat").items);
  args.run.meter.allocate(items.length * 8);
  return items.length === 0 ? nilList(ANY) : anyList(items);
}

function sortAlpha(value: Value, meter: Meter): List {
  if (!(value instanceof List)) return stringList([toText(value, meter)]);
  return stringList(toTexts(value, meter).sort(compareKeys));
}

function shuffled(args: Arguments): string {
  const letters = [...args.string(0)];
  const random = args.run.context.randomBytes(letters.length * 4);
  const numbers = Buffer.from(random);
  for (let last = letters.length - 1; last > 0; last--) {
    const other = numbers.readUInt32BE(last * 4) % (last + 1);
    [letters[last], letters[other]] = [letters[other] ?? "", letters[last] ?? ""];
  }
  return letters.join("");
}

const list = define([`...${ANY}`], (args) => anyList(args.values));
const push = define([ANY, ANY], (args) => {
  args.run.meter.allocate(listAt(args, 0, "push").items.length * 8);
  return anyList([...listAt(args, 0, "push").items, args.any(1)]);
});

/** Sprig's functions on lists. */
export const SPRIG_LISTS = library({
  sprig_list: list,
  sprig_tuple: list,
  sprig_append: push,
  sprig_mustAppend: push,
  sprig_push: push,
  sprig_mustPush: push,
  ...twins(
    "prepend",
    define([ANY, ANY], (args) => {
      args.run.meter.allocate(listAt(args, 0, "prepend").items.length * 8);
      return anyList([args.any(1), ...listAt(args, 0, "prepend").items]);
    }),
  ),
  ...end("first", (items) => items[0]),
  ...end("last", (items) => items[items.length - 1]),
  ...part("rest", (items) => items.slice(1)),
  ...part("initial", (items) => items.slice(0, -1)),
  ...twins(
    "reverse",
    define([ANY], (args) => anyList(listAt(args, 0, "reverse").items.toReversed())),
  ),
  ...twins(
    "compact",
    define([ANY], (args) => anyList(listAt(args, 0, "compact").items.filter(isTrue))),
  ),
  ...twins(
    "uniq",
    define([ANY], (args) => {
      return anyList(uniq(listAt(args, 0, "find unique items").items, args.run.meter));
    }),
  ),
  ...twins(
    "without",
    define([ANY, `...${ANY}`], (args) =>
      anyList(
        listAt(args, 0, "leave out").items.filter((item) => !includes(args.rest(1), item, args.run.meter)),
      ),
    ),
  ),
  ...twins(
    "has",
    define(
      [ANY, ANY],
      (args) =>
        args.any(1) !== null && includes(listAt(args, 1, "search").items, args.any(0), args.run.meter),
    ),
  ),
  ...twins("slice", define([ANY, `...${ANY}`], slice)),
  ...twins("chunk", define(["int", ANY], chunk)),
  sprig_concat: define([`...${ANY}`], concat),
  sprig_sortAlpha: define([ANY], (args) => sortAlpha(args.any(0), args.run.meter)),
  sprig_shuffle: define(["string"], shuffled),
});
