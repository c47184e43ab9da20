import { parseFloat64, parseInteger } from "../format/parse-number.ts";
import { printed } from "../format/print.ts";
import type { Meter } from "../limits.ts";
import { integerOf, isIntegerValue, stringOf } from "../values/kinds.ts";
import { List, ObjectValue, type Value } from "../values/value.ts";

const INT64_MIN = -(2n ** 63n);

function floatToInt64(value: number): bigint {
  if (!Number.isFinite(value) || Math.abs(value) >= 2 ** 63) return INT64_MIN;
  return BigInt(Math.trunc(value));
}

/** The integer a value can be read as; 0 where it can not. As Sprig does with spf13/cast. */
export function toInt64(value: Value): bigint {
  if (isIntegerValue(value)) return BigInt.asIntN(64, integerOf(value));
  if (typeof value === "boolean") return value ? 1n : 0n;
  if (typeof value === "number") return floatToInt64(value);
  const text = stringOf(value);
  if (text === undefined) return 0n;
  const whole = parseInteger(text.replace(/\.0+$/, "") || text, 0);
  return whole !== undefined && BigInt.asIntN(64, whole) === whole ? whole : 0n;
}

/** The float a value can be read as; 0 where it can not. */
export function toFloat64(value: Value): number {
  if (typeof value === "number") return value;
  if (isIntegerValue(value)) return Number(integerOf(value));
  if (typeof value === "boolean") return value ? 1 : 0;
  const text = stringOf(value);
  const number = text === undefined ? undefined : parseFloat64(text);
  return number !== undefined && (Number.isFinite(number) || !/\d/.test(text ?? "")) ? number : 0;
}

/** A value as a string: what `%v` shows. */
export function toText(value: Value, meter: Meter): string {
  if (value instanceof ObjectValue) return value.stringer() ?? printed(value, meter);
  return printed(value, meter);
}

/** A list's items as strings, nil left out; anything else is a list of one. */
export function toTexts(value: Value, meter: Meter): string[] {
  const items = value instanceof List ? value.items : [value];
  return items.filter((item) => item !== null && item !== undefined).map((item) => toText(item, meter));
}
