import { FunctionError } from "../errors.ts";
import { sprint, sprintf, sprintln } from "../format/print.ts";
import { JsonNumber } from "../values/json-number.ts";
import {
  integerOf,
  isIntegerValue,
  isTrue,
  kindOfType,
  lengthOf,
  stringOf,
  typeOf,
  zeroOf,
} from "../values/kinds.ts";
import { Integer, int, List, MapValue, NilPointer, Struct, type Value } from "../values/value.ts";
import type { Arguments } from "./arguments.ts";
import { define, library, RAW } from "./function-spec.ts";

const nothing = (value: Value): value is null | undefined => value === null || value === undefined;

/** A position in something with `capacity` places after it. */
function position(index: Value, capacity: number): number {
  if (nothing(index)) throw new FunctionError("cannot index a list or string with nil");
  if (!isIntegerValue(index))
    throw new FunctionError(`cannot index a list or string with type ${typeOf(index)}`);
  const number = integerOf(index);
  if (number < 0n || number > BigInt(capacity)) throw new FunctionError(`index out of range: ${number}`);
  return Number(number);
}

/** A key as the map's key type. Integers of one type pass for another. */
function keyFor(map: MapValue, index: Value): Value {
  const { keyType } = map;
  if (nothing(index)) {
    if (keyType === "interface {}") return null;
    throw new FunctionError(`value is nil; should be of type ${keyType}`);
  }
  if (keyType === "interface {}" || typeOf(index) === keyType) return index;
  const isIntegerType = kindOfType(keyType).startsWith("int") || kindOfType(keyType).startsWith("uint");
  if (isIntegerType && isIntegerValue(index)) {
    return keyType === "int" ? integerOf(index) : new Integer(keyType as "int64", integerOf(index));
  }
  throw new FunctionError(`value has type ${typeOf(index)}; should be ${keyType}`);
}

/** One step of `index`. */
function element(item: Value, index: Value): Value {
  if (nothing(item) || item instanceof NilPointer) throw new FunctionError("index of nil pointer");
  if (item instanceof MapValue) {
    const value = item.get(keyFor(item, index));
    return value === undefined ? zeroOf(item.elementType) : value;
  }
  const length = item instanceof List ? item.items.length : stringOf(item)?.length;
  if (length === undefined) throw new FunctionError(`can't index item of type ${typeOf(item)}`);
  const at = position(index, length);
  if (at >= length) throw new FunctionError(`index out of range: ${at}`);
  return item instanceof List
    ? item.items[at]
    : new Integer("uint8", BigInt(stringOf(item)?.charCodeAt(at) ?? 0));
}

function sliced(item: Value, indexes: readonly Value[]): Value {
  if (nothing(item)) throw new FunctionError("slice of untyped nil");
  if (indexes.length > 3) throw new FunctionError(`too many slice indexes: ${indexes.length}`);
  const text = stringOf(item);
  if (text !== undefined && indexes.length === 3) throw new FunctionError("cannot 3-index slice a string");
  const length = item instanceof List ? item.items.length : text?.length;
  if (length === undefined) throw new FunctionError(`can't slice item of type ${typeOf(item)}`);
  const bounds = indexes.map((index) => position(index, length));
  const [from = 0, to = length, capacity = length] = bounds;
  if (from > to) throw new FunctionError(`invalid slice index: ${from} > ${to}`);
  if (to > capacity) throw new FunctionError(`invalid slice index: ${to} > ${capacity}`);
  if (item instanceof List) return new List(item.elementType, item.items.slice(from, to));
  const part = (text ?? "").slice(from, to);
  return item instanceof JsonNumber ? new JsonNumber(part) : part;
}

function length(value: Value): Value {
  if (nothing(value) || value instanceof NilPointer) throw new FunctionError("len of nil pointer");
  const count = lengthOf(value);
  if (count === undefined) throw new FunctionError(`len of type ${typeOf(value)}`);
  return int(count);
}

const ANY_NUMBER = ["...interface {}"];

/** The functions of Go's text/template that look at values, and those that print. */
export const BUILTINS = library({
  and: define([RAW, `...${RAW}`], (args) => args.any(0)),
  or: define([RAW, `...${RAW}`], (args) => args.any(0)),
  not: define([RAW], (args) => !isTrue(args.any(0))),
  call: define([RAW, `...${RAW}`], (args) => {
    const callee = args.any(0);
    if (nothing(callee)) throw new FunctionError("call of nil");
    throw new FunctionError(`a value of type ${typeOf(callee)} is not a function`);
  }),
  index: define([RAW, `...${RAW}`], (args) => {
    if (nothing(args.any(0))) throw new FunctionError("index of untyped nil");
    return args.rest(1).reduce(element, args.any(0));
  }),
  slice: define([RAW, `...${RAW}`], (args) => sliced(args.any(0), args.rest(1))),
  len: define([RAW], (args) => length(args.any(0))),
  print: define(ANY_NUMBER, (args) => sprint(args.values, args.run.meter)),
  println: define(ANY_NUMBER, (args) => sprintln(args.values, args.run.meter)),
  printf: define(["string", ...ANY_NUMBER], (args) => sprintf(args.string(0), args.rest(1), args.run.meter)),
});

/** What `html`, `js` and `urlquery` work on: one string as it is, all else printed. */
export function printedArguments({ values, run }: Arguments): string {
  const [only] = values;
  if (values.length === 1 && typeof only === "string") return only;
  return sprint(values.map(printable), run.meter);
}

function printable(value: Value): Value {
  if (nothing(value)) return "<no value>";
  if (value instanceof Struct && value.kind === "ptr")
    return new Struct(value.structType, value.fields, false);
  return value;
}
