/** What kind of mistake a {@link TemplateError} is. */
export type TemplateErrorCode =
  | "KEYCARD_TEMPLATE_SYNTAX"
  | "KEYCARD_TEMPLATE_FUNCTION_UNKNOWN"
  | "KEYCARD_TEMPLATE_FUNCTION_UNSUPPORTED"
  | "KEYCARD_TEMPLATE_EXECUTION"
  | "KEYCARD_TEMPLATE_LIMIT"
  | "KEYCARD_TEMPLATE_LIBRARY_NOT_LOADED";

/** A place in a template's source; line and column count from 1, columns in characters. */
export interface TemplateLocation {
  readonly templateName: string;
  readonly line: number;
  readonly column: number;
}

/** The only error that parsing and rendering raise: a mistake in the template, or in what it was given. */
export class TemplateError extends Error {
  readonly code: TemplateErrorCode;
  readonly templateName: string;
  readonly line: number;
  readonly column: number;

  /** The message is `template NAME:LINE:COLUMN: ` and then `problem`. */
  constructor(
    code: TemplateErrorCode,
    location: TemplateLocation,
    problem: string,
    options?: { readonly cause?: unknown },
  ) {
    super(`template ${location.templateName}:${location.line}:${location.column}: ${problem}`, options);
    this.name = "TemplateError";
    this.code = code;
    this.templateName = location.templateName;
    this.line = location.line;
    this.column = location.column;
  }
}

/**
 * Why a function or a conversion gave up, without a place: the evaluator knows the place and turns it into a
 * {@link TemplateError}. Never holds the value of a secret.
 */
export class FunctionError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "FunctionError";
  }
}

/** A limit of {@link RenderLimits} was reached. */
export class LimitError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "LimitError";
  }
}
