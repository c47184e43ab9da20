import { FunctionError } from "../errors.ts";
import type { Run } from "../render/run.ts";
import { integerOf, isIntegerValue } from "../values/kinds.ts";
import { List, MapValue, type Value } from "../values/value.ts";

/**
 * The arguments of one call, after the evaluator has held them against the function's parameters, read by
 * position as the types that the function declared.
 */
export class Arguments {
  readonly values: readonly Value[];
  readonly run: Run;

  constructor(values: readonly Value[], run: Run) {
    this.values = values;
    this.run = run;
  }

  get count(): number {
    return this.values.length;
  }

  any(index: number): Value {
    return this.values[index];
  }

  /** The values from `index` on. */
  rest(index: number): readonly Value[] {
    return this.values.slice(index);
  }

  string(index: number): string {
    const value = this.values[index];
    if (typeof value === "string") return value;
    throw this.#mismatch(index, "string");
  }

  strings(from: number): readonly string[] {
    return this.values.slice(from).map((_, offset) => this.string(from + offset));
  }

  bool(index: number): boolean {
    const value = this.values[index];
    if (typeof value === "boolean") return value;
    throw this.#mismatch(index, "bool");
  }

  float(index: number): number {
    const value = this.values[index];
    if (typeof value === "number") return value;
    throw this.#mismatch(index, "float64");
  }

  integer(index: number): bigint {
    const value = this.values[index];
    if (isIntegerValue(value)) return integerOf(value);
    throw this.#mismatch(index, "int");
  }

  /** An integer as a JavaScript number: exact within ±2^53, beyond only as large. */
  size(index: number): number {
    return Number(this.integer(index));
  }

  list(index: number): List {
    const value = this.values[index];
    if (value instanceof List) return value;
    throw this.#mismatch(index, "a list");
  }

  map(index: number): MapValue {
    const value = this.values[index];
    if (value instanceof MapValue) return value;
    throw this.#mismatch(index, "a map");
  }

  #mismatch(index: number, expected: string): FunctionError {
    return new FunctionError(`argument ${index + 1} is not ${expected}`);
  }
}
