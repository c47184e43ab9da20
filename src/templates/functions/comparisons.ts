import { FunctionError } from "../errors.ts";
import { integerOf, isIntegerValue, isNil, isUnsigned, kindOf, stringOf, typeOf } from "../values/kinds.ts";
import { Complex, List, MapValue, type Value } from "../values/value.ts";
import { define, library, RAW } from "./function-spec.ts";

type BasicKind = "bool" | "complex" | "int" | "uint" | "float" | "string" | "other";

function basicKind(value: Value): BasicKind {
  if (isIntegerValue(value)) return isUnsigned(value) ? "uint" : "int";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "number") return "float";
  if (value instanceof Complex) return "complex";
  return stringOf(value) === undefined ? "other" : "string";
}

const integers = (kind: BasicKind): boolean => kind === "int" || kind === "uint";

function incompatible(a: Value, b: Value): FunctionError {
  return new FunctionError(`incompatible types for comparison: ${typeOf(a)} and ${typeOf(b)}`);
}

const noValue = (value: Value): boolean => value === undefined || value === null;

function equalBasic(a: Value, b: Value): boolean {
  if (isIntegerValue(a) && isIntegerValue(b)) return integerOf(a) === integerOf(b);
  if (a instanceof Complex && b instanceof Complex) return a.real === b.real && a.imaginary === b.imaginary;
  return (stringOf(a) ?? a) === (stringOf(b) ?? b);
}

/** Equality of values that are of no basic kind: nil is nil, and some can be compared at all. */
function equalOther(a: Value, b: Value): boolean {
  if (kindOf(a) !== kindOf(b) && !noValue(a) && !noValue(b)) {
    throw new FunctionError(`non-comparable types ${typeOf(a)} and ${typeOf(b)}`);
  }
  if (isNil(a) || isNil(b)) return isNil(a) === isNil(b);
  if (b instanceof List || b instanceof MapValue) throw new FunctionError(`non-comparable type ${typeOf(b)}`);
  return a === b;
}

function equal(a: Value, b: Value): boolean {
  const left = basicKind(a);
  const right = basicKind(b);
  if (left === "other" && right === "other") return equalOther(a, b);
  if (left === right || (integers(left) && integers(right))) return equalBasic(a, b);
  if (noValue(a) || noValue(b)) return false;
  throw incompatible(a, b);
}

function less(a: Value, b: Value): boolean {
  const left = basicKind(a);
  const right = basicKind(b);
  if (left === "other" || right === "other") throw new FunctionError("invalid type for comparison");
  if (isIntegerValue(a) && isIntegerValue(b)) return integerOf(a) < integerOf(b);
  if (left !== right) throw incompatible(a, b);
  if (typeof a === "number" && typeof b === "number") return a < b;
  const [textA, textB] = [stringOf(a), stringOf(b)];
  if (textA !== undefined && textB !== undefined) return textA < textB;
  throw new FunctionError("invalid type for comparison");
}

const lessOrEqual = (a: Value, b: Value): boolean => less(a, b) || equal(a, b);
const compare = (test: (a: Value, b: Value) => boolean) =>
  define([RAW, RAW], (args) => test(args.any(0), args.any(1)));

/** The comparisons of Go's text/template. */
export const COMPARISONS = library({
  eq: define([RAW, `...${RAW}`], (args) => {
    if (args.count === 1) throw new FunctionError("missing argument for comparison");
    return args.rest(1).some((other) => equal(args.any(0), other));
  }),
  ne: compare((a, b) => !equal(a, b)),
  lt: compare(less),
  le: compare(lessOrEqual),
  gt: compare((a, b) => !lessOrEqual(a, b)),
  ge: compare((a, b) => !less(a, b)),
});
