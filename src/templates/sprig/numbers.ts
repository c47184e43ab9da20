import { FunctionError } from "../errors.ts";
import { parseInteger } from "../format/parse-number.ts";
import { sprint } from "../format/print.ts";
import type { Arguments } from "../functions/arguments.ts";
import { define, library } from "../functions/function-spec.ts";
import { ANY, appendedCapacity, int64, List, type Value } from "../values/value.ts";
import { toFloat64, toInt64 } from "./conversion.ts";
import { add, divide, type ExactDecimal, fromFloat, multiply, subtract, toFloat } from "./decimal.ts";

const ANY_NUMBER = [`...${ANY}`];
const ONE_OR_MORE = [ANY, `...${ANY}`];
const BYTES_A_NUMBER = 32;

const folded = (combine: (a: bigint, b: bigint) => bigint) =>
  define(ONE_OR_MORE, (args) =>
    int64(args.values.map(toInt64).reduce((a, b) => BigInt.asIntN(64, combine(a, b)))),
  );

const foldedFloats = (combine: (a: number, b: number) => number) =>
  define(ONE_OR_MORE, (args) => args.values.map(toFloat64).reduce(combine));

const exact = (
  values: readonly Value[],
  combine: (a: ExactDecimal, b: ExactDecimal) => ExactDecimal,
): number => toFloat(values.map((value) => fromFloat(finite(toFloat64(value)))).reduce(combine));

function finite(value: number): number {
  if (!Number.isFinite(value))
    throw new FunctionError("cannot create a decimal from an infinite number or NaN");
  return value;
}

function nonZero<Divisor extends bigint | ExactDecimal>(divisor: Divisor): Divisor {
  const value = typeof divisor === "bigint" ? divisor : divisor.coefficient;
  if (value === 0n) throw new FunctionError("division by zero");
  return divisor;
}

const larger = (a: bigint, b: bigint): bigint => {
  if (b > a) return b;
  return a;
};
const biggest = folded(larger);

/** The integers from `start` to before `stop`. */
function steps(args: Arguments, start: number, stop: number, step: number): number[] {
  const goesDown = stop < start;
  if (goesDown ? step >= 0 : step <= 0) return [];
  args.run.meter.allocate(Math.ceil((stop - start) / step) * BYTES_A_NUMBER);
  const numbers: number[] = [];
  for (let number = start; goesDown ? number > stop : number < stop; number += step) numbers.push(number);
  return numbers;
}

const intList = (numbers: readonly number[]): List =>
  new List("int", numbers.map(BigInt), false, appendedCapacity(numbers.length));

/** `seq end`, `seq start end`, `seq start step end`, as a line of numbers; both ends belong to it. */
function sequence(args: Arguments): string {
  const numbers = args.values.map((_, index) => args.size(index));
  if (numbers.length === 0 || numbers.length > 3) return "";
  const [start = 1, end = 0] =
    numbers.length === 1 ? [1, numbers[0]] : numbers.length === 2 ? numbers : [numbers[0], numbers[2]];
  const direction = end < start ? -1 : 1;
  const step = numbers.length === 3 ? (numbers[1] ?? 0) : direction;
  if (numbers.length === 3 && end < start && step > 0) return "";
  return steps(args, start, end + direction, step).join(" ");
}

function rounded(args: Arguments): number {
  const power = 10 ** args.size(1);
  const digit = power * toFloat64(args.any(0));
  const fraction = digit - Math.trunc(digit);
  const threshold = args.count > 2 ? args.float(2) : 0.5;
  return (fraction >= threshold ? Math.ceil(digit) : Math.floor(digit)) / power;
}

/** Sprig's arithmetic. Whatever is no number counts as 0. */
export const SPRIG_NUMBERS = library({
  sprig_add: define(ANY_NUMBER, (args) => int64(args.values.map(toInt64).reduce((a, b) => a + b, 0n))),
  sprig_add1: define([ANY], (args) => int64(toInt64(args.any(0)) + 1n)),
  sprig_add1f: define([ANY], (args) => exact([args.any(0), 1], add)),
  sprig_addf: define(ANY_NUMBER, (args) => exact([0, ...args.values], add)),
  sprig_biggest: biggest,
  sprig_ceil: define([ANY], (args) => Math.ceil(toFloat64(args.any(0)))),
  sprig_div: define([ANY, ANY], (args) => int64(toInt64(args.any(0)) / nonZero(toInt64(args.any(1))))),
  sprig_divf: define(ONE_OR_MORE, (args) => exact(args.values, (a, b) => divide(a, nonZero(b)))),
  sprig_float64: define([ANY], (args) => toFloat64(args.any(0))),
  sprig_floor: define([ANY], (args) => Math.floor(toFloat64(args.any(0)))),
  sprig_int: define([ANY], (args) => toInt64(args.any(0))),
  sprig_int64: define([ANY], (args) => int64(toInt64(args.any(0)))),
  sprig_max: biggest,
  sprig_maxf: foldedFloats((a, b) => Math.max(a, b)),
  sprig_min: folded((a, b) => (larger(a, b) === a ? b : a)),
  sprig_minf: foldedFloats((a, b) => Math.min(a, b)),
  sprig_mod: define([ANY, ANY], (args) => int64(toInt64(args.any(0)) % nonZero(toInt64(args.any(1))))),
  sprig_mul: folded((a, b) => a * b),
  sprig_mulf: define(ONE_OR_MORE, (args) => exact(args.values, multiply)),
  sprig_randInt: define(["int", "int"], (args) => {
    const [least, most] = [args.size(0), args.size(1)];
    if (most <= least) throw new FunctionError("the second number is not larger than the first");
    const bytes = Buffer.from(args.run.context.randomBytes(6));
    return BigInt(least + (bytes.readUIntBE(0, 6) % (most - least)));
  }),
  sprig_round: define([ANY, "int", "...float64"], rounded),
  sprig_seq: define(["...int"], sequence),
  sprig_sub: define([ANY, ANY], (args) => int64(toInt64(args.any(0)) - toInt64(args.any(1)))),
  sprig_subf: define(ONE_OR_MORE, (args) => exact(args.values, subtract)),
  sprig_toDecimal: define([ANY], (args) => {
    const value = parseInteger(sprint([args.any(0)], args.run.meter), 8);
    return int64(value !== undefined && BigInt.asIntN(64, value) === value ? value : 0n);
  }),
  sprig_until: define(["int"], (args) => intList(steps(args, 0, args.size(0), args.size(0) < 0 ? -1 : 1))),
  sprig_untilStep: define(["int", "int", "int"], (args) =>
    intList(steps(args, args.size(0), args.size(1), args.size(2))),
  ),
});
