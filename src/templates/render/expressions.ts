import { FunctionError } from "../errors.ts";
import { Arguments } from "../functions/arguments.ts";
import type { Library } from "../functions/function-spec.ts";
import { RAW } from "../functions/function-spec.ts";
import type { Command, Operand, Pipe } from "../language/nodes.ts";
import { isTrue, typeOf, zeroOf } from "../values/kinds.ts";
import { ANY, MapValue, type Method, NilPointer, ObjectValue, Struct, type Value } from "../values/value.ts";
import { weightOf } from "../values/weight.ts";
import { assignable, constantOf, literalOf, nilOf } from "./conversion.ts";
import { EvaluationError } from "./evaluation-error.ts";
import type { Run } from "./run.ts";
import { VariableScope } from "./variable-scope.ts";

/** No value was piped to a command. */
const NONE = Symbol("nothing piped");
type Piped = Value | typeof NONE;

/** Evaluates pipelines for one template that is being executed: it has its own variables. */
export class Expressions {
  readonly #run: Run;
  readonly #functions: Library;
  readonly #missingKeyIsError: boolean;
  readonly variables: VariableScope;

  constructor(run: Run, functions: Library, missingKeyIsError: boolean, dot: Value) {
    this.#run = run;
    this.#functions = functions;
    this.#missingKeyIsError = missingKeyIsError;
    this.variables = new VariableScope(dot);
  }

  pipeline(dot: Value, pipe: Pipe): Value {
    let value: Piped = NONE;
    for (const command of pipe.commands) {
      value = this.#command(dot, command, value);
      if (value === null) value = undefined;
    }
    const result = value === NONE ? undefined : value;
    for (const name of pipe.variables) {
      if (pipe.assigns) this.variables.assign(name, result, pipe);
      else this.variables.declare(name, result);
    }
    return result;
  }

  #command(dot: Value, command: Command, piped: Piped): Value {
    const { first, rest } = command;
    switch (first.kind) {
      case "field":
        return this.#fields(dot, dot, first, first.names, rest, piped);
      case "chain":
        return this.#chain(dot, first, rest, piped);
      case "function":
        return this.#function(dot, first, rest, piped);
      case "variable":
        if (first.names.length > 0) {
          return this.#fields(dot, this.variables.get(first), first, first.names, rest, piped);
        }
    }
    if (rest.length > 0 || piped !== NONE) {
      throw new EvaluationError(first, "this is no function and takes no arguments");
    }
    if (first.kind === "nil") throw new EvaluationError(first, "nil is not a command");
    return this.#operand(dot, first);
  }

  /** An operand where any type will do. */
  #operand(dot: Value, operand: Operand): Value {
    switch (operand.kind) {
      case "bool":
      case "string":
        return operand.value;
      case "dot":
        return dot;
      case "number":
        return constantOf(operand);
      case "field":
        return this.#fields(dot, dot, operand, operand.names, [], NONE);
      case "variable": {
        const value = this.variables.get(operand);
        return operand.names.length === 0
          ? value
          : this.#fields(dot, value, operand, operand.names, [], NONE);
      }
      case "chain":
        return this.#chain(dot, operand, [], NONE);
      case "function":
        return this.#function(dot, operand, [], NONE);
      case "pipe":
        return this.pipeline(dot, operand);
      case "nil":
        return null;
    }
  }

  #chain(
    dot: Value,
    chain: Extract<Operand, { kind: "chain" }>,
    rest: readonly Operand[],
    piped: Piped,
  ): Value {
    return this.#fields(dot, this.#operand(dot, chain.of), chain, chain.names, rest, piped);
  }

  #fields(
    dot: Value,
    receiver: Value,
    at: Operand,
    names: readonly string[],
    rest: readonly Operand[],
    piped: Piped,
  ): Value {
    let value = receiver;
    for (const [index, name] of names.entries()) {
      const isLast = index === names.length - 1;
      value = this.#field(dot, value, at, name, isLast ? rest : [], isLast ? piped : NONE);
    }
    return value;
  }

  #field(
    dot: Value,
    receiver: Value,
    at: Operand,
    name: string,
    rest: readonly Operand[],
    piped: Piped,
  ): Value {
    this.#run.meter.step();
    if (receiver === undefined) {
      if (this.#missingKeyIsError) throw new EvaluationError(at, `no data; no entry for key "${name}"`);
      return undefined;
    }
    if (receiver === null || receiver instanceof NilPointer) {
      throw new EvaluationError(at, `nil pointer evaluating ${typeOf(receiver)}.${name}`);
    }
    const method = receiver instanceof ObjectValue ? receiver.method(name) : undefined;
    if (method) return this.#call(dot, method, name, at, rest, piped);
    const hasArguments = rest.length > 0 || piped !== NONE;
    if (receiver instanceof Struct && receiver.fields.has(name)) {
      if (hasArguments) throw new EvaluationError(at, `${name} is a field and takes no arguments`);
      return receiver.fields.get(name);
    }
    if (receiver instanceof MapValue && (receiver.keyType === "string" || receiver.keyType === ANY)) {
      if (hasArguments) throw new EvaluationError(at, `${name} is not a method and takes no arguments`);
      return this.#entry(receiver, name, at);
    }
    throw new EvaluationError(at, `can't evaluate field ${name} in type ${typeOf(receiver)}`);
  }

  #entry(map: MapValue, name: string, at: Operand): Value {
    const value = map.get(name);
    if (value !== undefined) return value;
    if (this.#missingKeyIsError) throw new EvaluationError(at, `map has no entry for key "${name}"`);
    return zeroOf(map.elementType);
  }

  #function(
    dot: Value,
    operand: Extract<Operand, { kind: "function" }>,
    rest: readonly Operand[],
    piped: Piped,
  ): Value {
    const { name } = operand;
    const spec = this.#functions.get(name);
    if (!spec) throw new EvaluationError(operand, `the library of function ${name} is not loaded`, true);
    if (name === "and" || name === "or") return this.#shortCircuit(dot, operand, rest, piped);
    const call = (values: readonly Value[]): Value => {
      this.#run.meter.step(weightOf(values));
      return spec.call(new Arguments(values, this.#run));
    };
    return this.#call(dot, { parameters: spec.parameters, call }, name, operand, rest, piped);
  }

  /** `and` and `or` evaluate no further than they have to. */
  #shortCircuit(
    dot: Value,
    operand: Extract<Operand, { kind: "function" }>,
    rest: readonly Operand[],
    piped: Piped,
  ): Value {
    if (rest.length === 0 && piped === NONE) throw this.#wrongCount(operand, operand.name, "at least 1", 0);
    let value: Value;
    for (const argument of rest) {
      value = this.#argument(dot, RAW, argument);
      if (isTrue(value) === (operand.name === "or")) return value;
    }
    return piped === NONE ? value : piped;
  }

  #wrongCount(at: Operand, name: string, wanted: string, given: number): EvaluationError {
    return new EvaluationError(at, `wrong number of arguments for ${name}: want ${wanted}, got ${given}`);
  }

  #call(
    dot: Value,
    method: Method,
    name: string,
    at: Operand,
    rest: readonly Operand[],
    piped: Piped,
  ): Value {
    this.#run.meter.step();
    const { parameters } = method;
    const last = parameters[parameters.length - 1];
    const variadic = last?.startsWith("...") ? last.slice(3) : undefined;
    const count = rest.length + (piped === NONE ? 0 : 1);
    if (variadic === undefined ? count !== parameters.length : count < parameters.length - 1) {
      const wanted = variadic === undefined ? String(parameters.length) : `at least ${parameters.length - 1}`;
      throw this.#wrongCount(at, name, wanted, count);
    }
    const fixed = variadic === undefined ? parameters.length : parameters.length - 1;
    const typeAt = (index: number): string => (index < fixed ? parameters[index] : variadic) ?? ANY;
    const values = rest.map((argument, index) => this.#argument(dot, typeAt(index), argument));
    if (piped !== NONE) values.push(assignable(piped, typeAt(rest.length), at));
    return this.#invoke(method, values, name, at);
  }

  #invoke(method: Method, values: readonly Value[], name: string, at: Operand): Value {
    try {
      const result = method.call(values);
      if (typeof result === "string") this.#run.meter.allocate(result.length);
      return result;
    } catch (error) {
      if (error instanceof FunctionError)
        throw new EvaluationError(at, `error calling ${name}: ${error.message}`);
      throw error;
    }
  }

  #argument(dot: Value, type: string, operand: Operand): Value {
    switch (operand.kind) {
      case "nil":
        return nilOf(type, operand);
      case "bool":
      case "number":
      case "string":
        return literalOf(type, operand);
      default:
        return assignable(this.#operand(dot, operand), type, operand);
    }
  }
}
