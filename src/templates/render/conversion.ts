import { RAW } from "../functions/function-spec.ts";
import type { NumberNode, Operand } from "../language/nodes.ts";
import { kindOfType, mapTypes, typeOf, zeroOf } from "../values/kinds.ts";
import { ANY, Complex, Integer, MapValue, nilList, type Value } from "../values/value.ts";
import { EvaluationError } from "./evaluation-error.ts";

/** The type of a constant that nothing else decides. */
export function constantOf(constant: NumberNode): Value {
  if (constant.complex) return new Complex(constant.complex.real, constant.complex.imaginary);
  const { text, float } = constant;
  const isHexInteger = /^0[xX]/.test(text) && text.length > 2 && !/[pP]/.test(text);
  if (float !== undefined && !isHexInteger && !text.startsWith("'") && /[.eEpP]/.test(text)) return float;
  if (constant.int === undefined) throw new EvaluationError(constant, `${text} overflows int`);
  return constant.int;
}

/** A constant takes the parameter's type, if it can. */
export function literalOf(
  type: string,
  operand: Extract<Operand, { kind: "bool" | "number" | "string" }>,
): Value {
  if (type === ANY || type === RAW) return operand.kind === "number" ? constantOf(operand) : operand.value;
  if (operand.kind === "string" && type === "string") return operand.value;
  if (operand.kind === "bool" && type === "bool") return operand.value;
  if (operand.kind === "number") {
    if (type === "int" && operand.int !== undefined) return operand.int;
    if (type === "int64" && operand.int !== undefined) return new Integer("int64", operand.int);
    if (type === "uint" && operand.uint !== undefined) return new Integer("uint", operand.uint);
    if (type === "uint32" && operand.uint !== undefined) {
      return new Integer("uint32", BigInt.asUintN(32, operand.uint));
    }
    if (type === "float64" && operand.float !== undefined) return operand.float;
  }
  throw new EvaluationError(operand, `expected ${type}`);
}

/** The literal `nil` as an argument. */
export function nilOf(type: string, operand: Operand): Value {
  if (type === RAW) return undefined;
  const kind = kindOfType(type);
  if (kind === "interface" || kind === "slice" || kind === "map" || kind === "ptr") return zeroOf(type);
  throw new EvaluationError(operand, `cannot assign nil to ${type}`);
}

/** A value as an argument of a type. @throws EvaluationError if Go would not take it. */
export function assignable(value: Value, type: string, at: Operand): Value {
  if (type === RAW) return value;
  if (type === ANY) return value === undefined ? null : value;
  if (value === undefined) {
    if (type.startsWith("[]")) return nilList(type.slice(2));
    if (type.startsWith("map[")) return new MapValue(...mapTypes(type), [], true);
    throw new EvaluationError(at, `no value; expected ${type}`);
  }
  if (value === null || typeOf(value) !== type) {
    throw new EvaluationError(at, `wrong type for value; expected ${type}; got ${typeOf(value)}`);
  }
  return value;
}
