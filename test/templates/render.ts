import {
  decodeSecret,
  loadTemplateLibraries,
  type ParseOptions,
  parseTemplate,
  type RenderContext,
  type RenderResult,
  renderTemplate,
  type TemplateError,
  type TemplateValue,
} from "../../src/templates/index.ts";

/** A context that knows nothing: no secrets, no environment, no files; what a test needs it overrides. */
export function contextOf(overrides: Partial<RenderContext> = {}): RenderContext {
  return {
    lookup: () => undefined,
    environment: () => undefined,
    readFile: (path) => {
      throw new Error(`${path} is not there`);
    },
    now: () => new Date("2026-02-03T04:05:06.789Z"),
    randomBytes: (count) => new Uint8Array(count).fill(7),
    ...overrides,
  };
}

/** A secret with this data. */
export function secretOf(data: object): TemplateValue {
  return decodeSecret(JSON.stringify({ request_id: "id", data }));
}

/** Parses, loads and renders in one step. */
export async function render(
  text: string,
  context: Partial<RenderContext> = {},
  options: Partial<ParseOptions> = {},
): Promise<RenderResult> {
  const template = parseTemplate(text, { name: "test", ...options });
  await loadTemplateLibraries(template);
  return renderTemplate(template, contextOf(context));
}

/** The error that a template ends with. */
export async function failureOf(
  text: string,
  context: Partial<RenderContext> = {},
  options: Partial<ParseOptions> = {},
): Promise<TemplateError> {
  return render(text, context, options).then(
    () => {
      throw new Error(`the template renders: ${text}`);
    },
    (error: TemplateError) => error,
  );
}
