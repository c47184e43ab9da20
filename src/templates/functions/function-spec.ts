import type { GoType, Value } from "../values/value.ts";
import type { Arguments } from "./arguments.ts";

/** One function or method that templates can call. */
export interface FunctionSpec {
  /** The parameters' types; in the last one, `...T` takes any number of `T`. */
  readonly parameters: readonly GoType[];
  /** @throws FunctionError (without a place) when the arguments cannot be worked with. */
  readonly call: (args: Arguments) => Value;
}

/** A set of functions by name. */
export type Library = ReadonlyMap<string, FunctionSpec>;

/** Declares one function. */
export function define(parameters: readonly GoType[], call: (args: Arguments) => Value): FunctionSpec {
  return { parameters, call };
}

/** Declares a set of functions. */
export function library(functions: Readonly<Record<string, FunctionSpec>>): Library {
  return new Map(Object.entries(functions));
}

/** Parameter that takes a value as it is, Go's `reflect.Value`: no value at all stays that. */
export const RAW: GoType = "reflect.Value";
