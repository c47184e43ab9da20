import type { Span } from "../language/nodes.ts";

/** A mistake found while evaluating, and the node it was found at. */
export class EvaluationError extends Error {
  readonly at: Span;
  /** The caller forgot to load a library; no fault of the template. */
  readonly isMissingLibrary: boolean;

  constructor(at: Span, problem: string, isMissingLibrary = false) {
    super(problem);
    this.at = at;
    this.isMissingLibrary = isMissingLibrary;
  }
}
