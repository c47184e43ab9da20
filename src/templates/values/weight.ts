import type { Meter } from "../limits.ts";
import { stringOf } from "./kinds.ts";
import { List, MapValue, Struct, type Value } from "./value.ts";

/** Bytes of text, and entries of a list or map, that count as much as a step. */
const BYTES_A_STEP = 32;
const ENTRIES_A_STEP = 32;
/** Bytes that a value inside another counts for beside its text, and for every level that it may be indented by. */
const VALUE_BYTES = 4;
const LEVEL_BYTES = 2;

/** How many steps a call's arguments count for beside the call: functions read them from end to end. */
export function weightOf(values: readonly Value[]): number {
  let weight = 0;
  for (const value of values) {
    if (typeof value === "string") weight += value.length / BYTES_A_STEP;
    else if (value instanceof List) weight += value.items.length / ENTRIES_A_STEP;
    else if (value instanceof MapValue) weight += value.size / ENTRIES_A_STEP;
  }
  return Math.floor(weight);
}

/**
 * Counts what is written of a value when everything inside it is. One list can stand in many places of another, and
 * a few calls make a value with more inside than there is memory, so this comes before the writing.
 * @param padding bytes that each value in it may be filled up with
 * @throws LimitError
 */
export function countWhole(value: Value, meter: Meter, padding = 0, depth = 0): void {
  const bytes = VALUE_BYTES + padding + LEVEL_BYTES * depth + (stringOf(value)?.length ?? 0);
  meter.step(bytes / BYTES_A_STEP);
  meter.allocate(bytes);
  if (value instanceof List) for (const item of value.items) countWhole(item, meter, padding, depth + 1);
  else if (value instanceof Struct)
    for (const field of value.fields.values()) countWhole(field, meter, padding, depth + 1);
  else if (value instanceof MapValue) {
    for (const [key, item] of value.entries()) {
      countWhole(key, meter, padding, depth + 1);
      countWhole(item, meter, padding, depth + 1);
    }
  }
}

/** Counts a value that is compared or copied, without what is inside it. @throws LimitError */
export const countVisit = (meter: Meter): void => meter.step(VALUE_BYTES / BYTES_A_STEP);
