import type { Operand, Pipe } from "../language/nodes.ts";
import type { Value } from "../values/value.ts";
import { EvaluationError } from "./evaluation-error.ts";

interface Variable {
  readonly name: string;
  value: Value;
}

/** The variables of one template that is being executed; a later one hides an earlier one of its name. */
export class VariableScope {
  readonly #variables: Variable[];

  /** `dot`: what `$` stands for. */
  constructor(dot: Value) {
    this.#variables = [{ name: "$", value: dot }];
  }

  get depth(): number {
    return this.#variables.length;
  }

  /** Forgets the variables declared since `depth`. */
  leave(depth: number): void {
    this.#variables.length = depth;
  }

  declare(name: string, value: Value): void {
    this.#variables.push({ name, value });
  }

  /** Gives the variable that was declared `back` declarations ago a value. */
  setRecent(back: number, value: Value): void {
    const variable = this.#variables[this.#variables.length - back];
    if (variable) variable.value = value;
  }

  assign(name: string, value: Value, at: Pipe): void {
    this.#find(name, at).value = value;
  }

  get(operand: Extract<Operand, { kind: "variable" }>): Value {
    return this.#find(operand.name, operand).value;
  }

  #find(name: string, at: Operand): Variable {
    const variable = this.#variables.findLast((candidate) => candidate.name === name);
    if (!variable) throw new EvaluationError(at, `undefined variable ${name}`);
    return variable;
  }
}
