import { LimitError } from "./errors.ts";

/** How much one rendering may use. A hostile template ends with an error at the first limit it reaches. */
export interface RenderLimits {
  /** Actions, function calls and iterations; calls on much data count as many. */
  readonly steps: number;
  /** By the clock: what nobody counted ends there too. */
  readonly seconds: number;
  /** Bytes of the rendered file. */
  readonly outputBytes: number;
  /** Templates called from templates. */
  readonly depth: number;
  /** Bytes of all strings and lists that functions made on the way. */
  readonly workBytes: number;
}

export const DEFAULT_LIMITS: RenderLimits = {
  steps: 1_000_000,
  seconds: 30,
  outputBytes: 16 * 1024 * 1024,
  depth: 200,
  workBytes: 128 * 1024 * 1024,
};

/** The clock is looked at so seldom, because looking takes longer than a step. */
const STEPS_BETWEEN_LOOKS = 16;

/** Counts what a rendering uses against its limits. @throws LimitError from every method. */
export class Meter {
  readonly limits: RenderLimits;
  readonly #now: () => Date;
  readonly #start: number;
  #steps = 0;
  #nextLook = STEPS_BETWEEN_LOOKS;
  #workBytes = 0;

  constructor(limits: RenderLimits, now: () => Date) {
    this.limits = limits;
    this.#now = now;
    this.#start = now().getTime();
  }

  step(count = 1): void {
    this.#steps += count;
    if (this.#steps > this.limits.steps) throw new LimitError(`more than ${this.limits.steps} steps`);
    if (this.#steps >= this.#nextLook) this.#look();
  }

  #look(): void {
    this.#nextLook = this.#steps + STEPS_BETWEEN_LOOKS;
    const seconds = (this.#now().getTime() - this.#start) / 1000;
    if (seconds > this.limits.seconds) throw new LimitError(`more than ${this.limits.seconds} seconds`);
  }

  /** To be called before memory is taken, so that one call cannot take too much. */
  allocate(bytes: number): void {
    this.#workBytes += bytes;
    if (!(this.#workBytes <= this.limits.workBytes)) {
      throw new LimitError(`more than ${this.limits.workBytes} bytes of intermediate values`);
    }
  }

  /** Checks the size of the output so far. */
  output(bytes: number): void {
    if (bytes > this.limits.outputBytes) {
      throw new LimitError(`more than ${this.limits.outputBytes} bytes of output`);
    }
  }

  /** Checks how deep templates call each other. */
  nest(depth: number): void {
    if (depth > this.limits.depth)
      throw new LimitError(`templates call each other over ${this.limits.depth} deep`);
  }
}
