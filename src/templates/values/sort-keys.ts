import { integerOf, isIntegerValue, stringOf } from "./kinds.ts";
import { type MapValue, ObjectValue, type Value } from "./value.ts";

/** Keys of different types in the order that Vault Agent shows them in; Go leaves it to the build. */
function rank(value: Value): number {
  if (value === null || value === undefined) return 0;
  if (stringOf(value) !== undefined) return 1;
  if (isIntegerValue(value)) return 2;
  if (typeof value === "number") return 3;
  return typeof value === "boolean" ? 4 : 5;
}

const compare = <Key extends string | bigint | number | boolean>(a: Key, b: Key): number =>
  a < b ? -1 : a > b ? 1 : 0;

/** The order in which Go prints and ranges over map keys: nil first, NaN before numbers, false before true. */
export function compareKeys(a: Value, b: Value): number {
  const difference = rank(a) - rank(b);
  if (difference !== 0) return difference;
  if (isIntegerValue(a) && isIntegerValue(b)) return compare(integerOf(a), integerOf(b));
  if (typeof a === "number" && typeof b === "number") {
    if (Number.isNaN(a) || Number.isNaN(b)) return Number(Number.isNaN(b)) - Number(Number.isNaN(a));
    return compare(a, b);
  }
  if (typeof a === "boolean" && typeof b === "boolean") return compare(a, b);
  const left = stringOf(a) ?? (a instanceof ObjectValue ? (a.stringer() ?? "") : "");
  const right = stringOf(b) ?? (b instanceof ObjectValue ? (b.stringer() ?? "") : "");
  return compare(left, right);
}

/** A map's entries in the order Go ranges over them. */
export function sortedEntries(map: MapValue): (readonly [key: Value, value: Value])[] {
  return [...map.entries()].sort(([a], [b]) => compareKeys(a, b));
}
