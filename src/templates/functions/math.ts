import { FunctionError } from "../errors.ts";
import { integerOf, isIntegerValue, isUnsigned, typeOf } from "../values/kinds.ts";
import { ANY, type Integer, int64, uint64, type Value } from "../values/value.ts";
import { define, library } from "./function-spec.ts";

type Number64 = number | bigint | Integer;

/** How one operation works on floats and on integers; without `floats` it has none for them. */
interface Operation {
  readonly integers: (a: bigint, b: bigint) => bigint;
  readonly floats?: (a: number, b: number) => number;
}

function numeric(value: Value): Number64 {
  if (typeof value === "number" || isIntegerValue(value)) return value;
  throw new FunctionError(
    `a value of type ${typeOf(value)} is not a number; numbers out of Vault need parseInt`,
  );
}

const toFloat = (value: Number64): number => (typeof value === "number" ? value : Number(integerOf(value)));

/** Two unsigned integers make an unsigned one, a float makes a float, all else an int64. */
function calculate(a: Value, b: Value, { integers, floats }: Operation): Value {
  const [left, right] = [numeric(a), numeric(b)];
  if (typeof left === "number" || typeof right === "number") {
    if (!floats) throw new FunctionError("expected integers, got a float64");
    return floats(toFloat(left), toFloat(right));
  }
  const unsigned = isUnsigned(left) && isUnsigned(right);
  const wrap = unsigned ? BigInt.asUintN : BigInt.asIntN;
  const result = integers(wrap(64, integerOf(left)), wrap(64, integerOf(right)));
  return unsigned ? uint64(result) : int64(result);
}

/** The second parameter is what is calculated with, so that it can be piped. */
const operation = (steps: Operation) =>
  define([ANY, ANY], (args) => calculate(args.any(1), args.any(0), steps));

function nonZero(divisor: bigint): bigint {
  if (divisor === 0n) throw new FunctionError("integer divide by zero");
  return divisor;
}

/** Of two numbers the one that `prefersFirst`; integers become 64 bits wide. */
const choice = (prefersFirst: (a: number | bigint, b: number | bigint) => boolean) =>
  define([ANY, ANY], (args) => {
    const [first, second] = [numeric(args.any(1)), numeric(args.any(0))];
    const isFloat = typeof first === "number" || typeof second === "number";
    const unsigned = isUnsigned(first) && isUnsigned(second);
    const key = (value: Number64): number | bigint => {
      if (isFloat) return toFloat(value);
      const whole = integerOf(value as bigint);
      return unsigned ? whole : BigInt.asIntN(64, whole);
    };
    return widened(prefersFirst(key(first), key(second)) ? first : second);
  });

function widened(value: Number64): Value {
  if (typeof value === "number") return value;
  return isUnsigned(value) ? uint64(integerOf(value)) : int64(integerOf(value));
}

/** consul-template's arithmetic. */
export const MATH = library({
  add: operation({ integers: (a, b) => a + b, floats: (a, b) => a + b }),
  subtract: operation({ integers: (a, b) => a - b, floats: (a, b) => a - b }),
  multiply: operation({ integers: (a, b) => a * b, floats: (a, b) => a * b }),
  divide: operation({ integers: (a, b) => a / nonZero(b), floats: (a, b) => a / b }),
  modulo: operation({ integers: (a, b) => a % nonZero(b) }),
  minimum: choice((a, b) => a < b),
  maximum: choice((a, b) => a > b),
});
