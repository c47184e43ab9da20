import { FunctionError } from "../errors.ts";
import { sprint } from "../format/print.ts";
import { shown } from "../format/quote.ts";
import type { Library } from "../functions/function-spec.ts";
import type { Definitions, Node, Pipe } from "../language/nodes.ts";
import type { Meter } from "../limits.ts";
import { isIntegerValue, isTrue, kindOf, typeOf } from "../values/kinds.ts";
import { sortedEntries } from "../values/sort-keys.ts";
import { Integer, IntegerChannel, List, MapValue, Struct, type Value } from "../values/value.ts";
import { EvaluationError } from "./evaluation-error.ts";
import { Expressions } from "./expressions.ts";
import type { Run } from "./run.ts";

/** How a list of nodes was left: at its end, or by `break` or `continue`. */
type Exit = "end" | "break" | "continue";

interface Element {
  readonly index: Value;
  readonly value: Value;
}

/** Executes the templates of one source. */
export class Evaluator {
  readonly #run: Run;
  readonly #functions: Library;
  readonly #definitions: Definitions;
  readonly #missingKeyIsError: boolean;
  #depth = 0;
  #written = 0;
  /** The output, and inside `executeTemplate` the outputs it came from. */
  #output: string[] = [];

  constructor(run: Run, functions: Library, definitions: Definitions, missingKeyIsError: boolean) {
    this.#run = run;
    this.#functions = functions;
    this.#definitions = definitions;
    this.#missingKeyIsError = missingKeyIsError;
    run.executeTemplate = (name, dot) => this.#captured(name, dot);
  }

  /** Executes the source's own body, on `dot`. The result is bytes. */
  execute(dot?: Value): string {
    this.#template("", dot);
    return this.#output.join("");
  }

  #captured(name: string, dot: Value): string {
    const outer = this.#output;
    this.#output = [];
    if (!this.#template(name, dot)) throw new FunctionError(`no template ${shown(name)} is defined`);
    const text = this.#output.join("");
    this.#output = outer;
    return text;
  }

  /** Executes a template by name; false: there is none. */
  #template(name: string, dot: Value): boolean {
    const nodes = this.#definitions.get(name);
    if (!nodes) return false;
    this.#depth++;
    this.#run.meter.nest(this.#depth);
    const expressions = new Expressions(this.#run, this.#functions, this.#missingKeyIsError, dot);
    new Walk(this, this.#run, expressions).nodes(dot, nodes);
    this.#depth--;
    return true;
  }

  /** `{{ template }}`. */
  include(name: string, dot: Value): boolean {
    return this.#template(name, dot);
  }

  write(text: string): void {
    this.#written += text.length;
    this.#run.meter.output(this.#written);
    this.#output.push(text);
  }
}

/** One execution of one template's nodes. */
class Walk {
  readonly #evaluator: Evaluator;
  readonly #run: Run;
  readonly #expressions: Expressions;

  constructor(evaluator: Evaluator, run: Run, expressions: Expressions) {
    this.#evaluator = evaluator;
    this.#run = run;
    this.#expressions = expressions;
  }

  nodes(dot: Value, nodes: readonly Node[]): Exit {
    for (const node of nodes) {
      const exit = this.#node(dot, node);
      if (exit !== "end") return exit;
    }
    return "end";
  }

  #node(dot: Value, node: Node): Exit {
    if (node.kind === "text") {
      this.#evaluator.write(node.text);
      return "end";
    }
    this.#run.position = node.start;
    this.#run.meter.step();
    switch (node.kind) {
      case "action":
        this.#action(dot, node.pipe);
        return "end";
      case "if":
      case "with":
        return this.#branch(dot, node);
      case "range":
        return this.#range(dot, node);
      case "template":
        if (!this.#evaluator.include(node.name, node.pipe && this.#expressions.pipeline(dot, node.pipe))) {
          throw new EvaluationError(node, `template ${shown(node.name)} is not defined`);
        }
        return "end";
      default:
        return node.kind;
    }
  }

  #action(dot: Value, pipe: Pipe): void {
    const value = this.#expressions.pipeline(dot, pipe);
    if (pipe.variables.length === 0) this.#evaluator.write(shownValue(value, pipe, this.#run.meter));
  }

  #branch(dot: Value, node: Extract<Node, { kind: "if" | "with" | "range" }>): Exit {
    const scope = this.#expressions.variables.depth;
    const value = this.#expressions.pipeline(dot, node.pipe);
    let exit: Exit = "end";
    if (isTrue(value)) exit = this.nodes(node.kind === "with" ? value : dot, node.body);
    else if (node.otherwise) exit = this.nodes(dot, node.otherwise);
    this.#expressions.variables.leave(scope);
    return exit;
  }

  #range(dot: Value, node: Extract<Node, { kind: "if" | "with" | "range" }>): Exit {
    const scope = this.#expressions.variables.depth;
    const value = this.#expressions.pipeline(dot, node.pipe);
    const inner = this.#expressions.variables.depth;
    let empty = true;
    let exit: Exit = "end";
    for (const element of elementsOf(value, node.pipe)) {
      empty = false;
      this.#run.meter.step();
      this.#declare(node.pipe, element);
      const left = this.nodes(element.value, node.body);
      this.#expressions.variables.leave(inner);
      if (left === "break") break;
    }
    if (empty && node.otherwise) exit = this.nodes(dot, node.otherwise);
    this.#expressions.variables.leave(scope);
    return exit;
  }

  #declare(pipe: Pipe, { index, value }: Element): void {
    const [first, second] = pipe.variables;
    if (first === undefined) return;
    if (!pipe.assigns) {
      this.#expressions.variables.setRecent(1, value);
      if (second !== undefined) this.#expressions.variables.setRecent(2, index);
      return;
    }
    if (second === undefined) this.#expressions.variables.assign(first, value, pipe);
    else {
      this.#expressions.variables.assign(first, index, pipe);
      this.#expressions.variables.assign(second, value, pipe);
    }
  }
}

/** What a range goes over, one element at a time. @throws EvaluationError if the value has no elements. */
function* elementsOf(value: Value, pipe: Pipe): Generator<Element> {
  if (value === undefined || value === null) return;
  if (isIntegerValue(value)) {
    if (pipe.variables.length > 1)
      throw new EvaluationError(pipe, "an integer has one variable to range over");
    yield* integersBelow(value);
  } else if (value instanceof List) {
    for (const [index, item] of value.items.entries()) yield { index: BigInt(index), value: item };
  } else if (value instanceof MapValue) {
    for (const [key, item] of sortedEntries(value)) yield { index: key, value: item };
  } else if (value instanceof IntegerChannel) {
    let index = 0n;
    for (let item = value.receive(); item !== undefined; item = value.receive())
      yield { index: index++, value: item };
  } else {
    throw new EvaluationError(pipe, `range can't iterate over a value of type ${typeOf(value)}`);
  }
}

function* integersBelow(limit: bigint | Integer): Generator<Element> {
  if (typeof limit === "bigint") {
    for (let value = 0n; value < limit; value++) yield { index: undefined, value };
    return;
  }
  for (let value = 0n; value < limit.value; value++) {
    yield { index: undefined, value: new Integer(limit.type as "int64", value) };
  }
}

/** What an action writes for its value. */
function shownValue(value: Value, at: Pipe, meter: Meter): string {
  if (typeof value === "string") return value;
  if (value === undefined || value === null) return "<no value>";
  if (kindOf(value) === "chan") throw new EvaluationError(at, `can't print a value of type ${typeOf(value)}`);
  const isPointer = value instanceof Struct && value.kind === "ptr";
  return sprint([isPointer ? new Struct(value.structType, value.fields, false) : value], meter);
}
