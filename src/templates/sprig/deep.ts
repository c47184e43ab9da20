import { FunctionError } from "../errors.ts";
import type { Meter } from "../limits.ts";
import { JsonNumber } from "../values/json-number.ts";
import { Complex, Integer, List, MapValue, type Value } from "../values/value.ts";
import { countVisit } from "../values/weight.ts";

const MAX_DEPTH = 500;
/** Bytes that a copied value counts for. */
const COPY_BYTES = 64;

/** @throws FunctionError, LimitError */
function visit(depth: number, meter: Meter): void {
  if (depth > MAX_DEPTH) throw new FunctionError("the value nests too deep");
  countVisit(meter);
}

/** Go's reflect.DeepEqual: same type, same content; a nil list is not an empty one. */
export function deepEqual(a: Value, b: Value, meter: Meter, depth = 0): boolean {
  visit(depth, meter);
  if (a instanceof List && b instanceof List) {
    const sameShape = a.type === b.type && a.isNil === b.isNil && a.items.length === b.items.length;
    return sameShape && a.items.every((item, index) => deepEqual(item, b.items[index], meter, depth + 1));
  }
  if (a instanceof MapValue && b instanceof MapValue) {
    if (a.type !== b.type || a.isNil !== b.isNil || a.size !== b.size) return false;
    for (const [key, value] of a.entries())
      if (!b.has(key) || !deepEqual(value, b.get(key), meter, depth + 1)) return false;
    return true;
  }
  if (a instanceof Integer && b instanceof Integer) return a.type === b.type && a.value === b.value;
  if (a instanceof JsonNumber && b instanceof JsonNumber) return a.text === b.text;
  if (a instanceof Complex && b instanceof Complex) return a.real === b.real && a.imaginary === b.imaginary;
  return (a ?? null) === (b ?? null);
}

/** A copy that shares no map and no list with the original. */
export function deepCopy(value: Value, meter: Meter, depth = 0): Value {
  visit(depth, meter);
  meter.allocate(COPY_BYTES);
  if (value instanceof List) {
    return new List(
      value.elementType,
      value.items.map((item) => deepCopy(item, meter, depth + 1)),
      value.isNil,
    );
  }
  if (!(value instanceof MapValue)) return value;
  const entries = [...value.entries()].map(([key, item]) => [key, deepCopy(item, meter, depth + 1)] as const);
  return new MapValue(value.keyType, value.elementType, entries, value.isNil);
}
