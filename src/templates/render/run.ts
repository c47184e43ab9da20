import type { Dependency } from "../dependency.ts";
import { FunctionError, LimitError } from "../errors.ts";
import { DEFAULT_LIMITS, Meter } from "../limits.ts";
import { Scratch } from "../values/scratch.ts";
import type { Value } from "../values/value.ts";
import type { RenderContext } from "./context.ts";

/** The state of one rendering that functions share. */
export class Run {
  readonly context: RenderContext;
  readonly meter: Meter;
  readonly scratch = new Scratch();
  /** Where in the source the node starts that is being executed. */
  position = 0;
  /** Renders another template of the same source; set by the evaluator. */
  executeTemplate: (name: string, dot: Value) => string = () => "";
  readonly #used = new Map<string, Dependency>();
  readonly #missing = new Map<string, Dependency>();
  readonly #values: Value[] = [];

  /** @param meter of the rendering that this one is part of; without: one of its own. */
  constructor(
    context: RenderContext,
    meter = new Meter({ ...DEFAULT_LIMITS, ...context.limits }, context.now),
  ) {
    this.context = context;
    this.meter = meter;
  }

  /** The value of a dependency; undefined: not read yet, which the result will say. */
  depend(dependency: Dependency): Value {
    this.#used.set(dependency.key, dependency);
    const value = this.context.lookup(dependency);
    if (value === undefined) this.#missing.set(dependency.key, dependency);
    else this.#values.push(value);
    return value;
  }

  get used(): readonly Dependency[] {
    return [...this.#used.values()];
  }

  get missing(): readonly Dependency[] {
    return [...this.#missing.values()];
  }

  /** All values of dependencies that this rendering has seen: messages must not repeat what is in them. */
  get seen(): readonly Value[] {
    return this.#values;
  }

  /** Runs something of the caller's, whose errors become the function's. */
  attempt<Result>(what: () => Result): Result {
    try {
      return what();
    } catch (error) {
      if (error instanceof FunctionError || error instanceof LimitError) throw error;
      throw new FunctionError(error instanceof Error ? error.message : String(error));
    }
  }
}
