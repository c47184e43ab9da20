import { FunctionError } from "../errors.ts";
import { parseInteger } from "../format/parse-number.ts";
import { integerOf, isIntegerValue, stringOf, typeOf } from "../values/kinds.ts";
import type { Value } from "../values/value.ts";

/** A decimal integer within a type's range; the empty string is 0. @throws FunctionError */
export function parseRanged(text: string, least: bigint, most: bigint, what: string): bigint {
  if (text === "") return 0n;
  const value = parseInteger(text, 10);
  if (value === undefined) throw new FunctionError(`the text is not ${what}`);
  if (value < least || value > most) throw new FunctionError(`the number is out of range for ${what}`);
  return value;
}

/** A bound of `loop`: an integer, or a string that holds one. */
export function toInteger(value: Value): bigint {
  if (isIntegerValue(value)) return BigInt.asIntN(64, integerOf(value));
  const text = stringOf(value);
  if (text === undefined) throw new FunctionError(`bad argument type: ${typeOf(value)}; expected an integer`);
  return parseRanged(text, -(2n ** 63n), 2n ** 63n - 1n, "a 64 bit integer");
}
