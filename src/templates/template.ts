import { fromBytes } from "./bytes.ts";
import { LimitError, type TemplateErrorCode } from "./errors.ts";
import { allFunctions, type LibraryName, originOf } from "./functions/catalog.ts";
import { CORE_LIBRARIES } from "./functions/core.ts";
import type { FunctionSpec, Library } from "./functions/function-spec.ts";
import { loadLibrary } from "./functions/libraries.ts";
import { suggestion } from "./functions/suggestion.ts";
import type { Definitions } from "./language/nodes.ts";
import { parse } from "./language/parser.ts";
import { Source } from "./language/source.ts";
import type { RenderContext, RenderResult } from "./render/context.ts";
import { EvaluationError } from "./render/evaluation-error.ts";
import { Evaluator } from "./render/evaluator.ts";
import { redacted } from "./render/redaction.ts";
import { Run } from "./render/run.ts";

export interface ParseOptions {
  /** Used in messages: the file's or the secret's name. */
  readonly name: string;
  /** `{{` if absent or empty. */
  readonly leftDelimiter?: string;
  /** `}}` if absent or empty. */
  readonly rightDelimiter?: string;
  /** A key that a map does not have is an error rather than `<no value>`. */
  readonly missingKeyIsError?: boolean;
}

/** A parsed template, to be rendered any number of times. */
export interface Template {
  readonly name: string;
  readonly source: Source;
  readonly definitions: Definitions;
  readonly missingKeyIsError: boolean;
  readonly calledFunctions: ReadonlySet<string>;
  /** The libraries those are in, beyond what is always there. */
  readonly neededLibraries: readonly LibraryName[];
  /** The functions it calls; filled by {@link loadTemplateLibraries}. */
  readonly functions: Map<string, FunctionSpec>;
}

const LONGEST_SHOWN_NAME = 60;
/** Characters of a message; what fails may tell more than a log should hold. */
const LONGEST_PROBLEM = 1000;
const shortened = (name: string): string => fromBytes(name.slice(0, LONGEST_SHOWN_NAME));

/** Too deep for the JavaScript stack although within the limits. */
const isStackOverflow = (error: unknown): boolean => error instanceof RangeError;

/**
 * Parses a template in time linear in its length. Safe on hostile input, and enough to know at admission
 * that a template is well-formed and calls only functions that exist.
 * @throws TemplateError with the place and what was expected.
 */
export function parseTemplate(text: string, options: ParseOptions): Template {
  const source = new Source(options.name, text);
  const called = new Set<string>();
  const needed = new Set<LibraryName>();
  const checkFunction = (name: string) => {
    if (called.has(name)) return undefined;
    const origin = originOf(name);
    if (origin === "Consul" || origin === "Nomad") {
      const code: TemplateErrorCode = "KEYCARD_TEMPLATE_FUNCTION_UNSUPPORTED";
      return { code, problem: `function ${name} needs ${origin}, which is not available here` };
    }
    if (origin === undefined) {
      const names = Array.from(allFunctions(), ([known]) => known);
      const code: TemplateErrorCode = "KEYCARD_TEMPLATE_FUNCTION_UNKNOWN";
      return {
        code,
        problem: `function ${shortened(name)} is not defined${suggestion(name, names)}`,
      };
    }
    called.add(name);
    if (origin !== "core") needed.add(origin);
    return undefined;
  };
  const delimiters = {
    left: source.delimiter(options.leftDelimiter, "{{"),
    right: source.delimiter(options.rightDelimiter, "}}"),
  };
  try {
    const definitions = parse(source, delimiters, checkFunction);
    return {
      name: options.name,
      source,
      definitions,
      missingKeyIsError: options.missingKeyIsError ?? false,
      calledFunctions: called,
      neededLibraries: [...needed],
      functions: new Map(),
    };
  } catch (error) {
    if (isStackOverflow(error))
      throw source.error("KEYCARD_TEMPLATE_LIMIT", 0, "the template nests too deep");
    throw error;
  }
}

/**
 * Loads the libraries a template needs. To be awaited once before {@link renderTemplate}, which is
 * synchronous: what no template uses (YAML, TOML, regular expressions, Sprig) is then never loaded at all.
 */
export async function loadTemplateLibraries(template: Template): Promise<void> {
  const needed = await Promise.all(template.neededLibraries.map(loadLibrary));
  for (const library of [...CORE_LIBRARIES, ...needed]) {
    for (const name of template.calledFunctions) {
      const spec = library.get(name);
      if (spec) template.functions.set(name, spec);
    }
  }
}

/**
 * Renders one pass of a template. Synchronous, and touches nothing but the context. The output is only the
 * template's when the result's `missing` is empty.
 * @throws TemplateError; secrets that the template has seen are struck out of its message.
 */
export function renderTemplate(template: Template, context: RenderContext): RenderResult {
  const run = new Run(context);
  const functions: Library = template.functions;
  const evaluator = new Evaluator(run, functions, template.definitions, template.missingKeyIsError);
  try {
    const bytes = evaluator.execute();
    return {
      output: fromBytes(bytes),
      bytes: Buffer.from(bytes, "latin1"),
      missing: run.missing,
      used: run.used,
    };
  } catch (error) {
    throw renderingError(template, run, error);
  }
}

/** Templates are rendered before their secrets are there, to learn which they are: not all are written for that. */
function firstPassHint(run: Run): string {
  const [first] = run.missing;
  if (!first) return "";
  return ` (${first.path} has not been read yet; use its data inside {{ with secret … }} only)`;
}

function renderingError(template: Template, run: Run, error: unknown): unknown {
  const { source } = template;
  if (error instanceof EvaluationError) {
    const code: TemplateErrorCode = error.isMissingLibrary
      ? "KEYCARD_TEMPLATE_LIBRARY_NOT_LOADED"
      : "KEYCARD_TEMPLATE_EXECUTION";
    const excerpt = source.excerpt(error.at.start, error.at.end);
    // Cut when it is clean: a part of a secret would not be known for one.
    const clean = redacted(error.message, run.seen);
    const cut = clean.length > LONGEST_PROBLEM ? `${clean.slice(0, LONGEST_PROBLEM)}…` : clean;
    const problem = `at <${excerpt}>: ${cut}${firstPassHint(run)}`;
    return source.error(code, error.at.start, problem);
  }
  if (error instanceof LimitError) {
    return source.error("KEYCARD_TEMPLATE_LIMIT", run.position, `rendering stopped: ${error.message}`);
  }
  if (isStackOverflow(error)) {
    const problem = "rendering stopped: templates or values nest too deep";
    return source.error("KEYCARD_TEMPLATE_LIMIT", run.position, problem);
  }
  return error;
}
