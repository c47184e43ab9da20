import { randomBytes } from "node:crypto";
import { readFileSync } from "node:fs";
import {
  type Dependency,
  type Fetched,
  type FetchResponse,
  type FileWrite,
  fetchDependency,
  renderTemplate,
  runProgram,
  type Send,
  type Template,
  type TemplateValue,
  WrittenFiles,
} from "../../templates/index.ts";
import { presentContent } from "./file-writes.ts";

/** A template that asks for ever new secrets is stopped after so many passes. */
const MAX_PASSES = 50;

/** What a template rendered to, and what it was made of. */
export interface Rendering<Response extends FetchResponse> {
  readonly bytes: Uint8Array;
  /** Files it wants written beside its output. */
  readonly writes: readonly FileWrite[];
  readonly fetched: readonly Fetched<Response>[];
}

export interface RenderingWorld<Response extends FetchResponse> {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly send: Send<Response>;
  readonly signal: AbortSignal;
}

/**
 * Renders a template with the secrets it asks for, pass after pass, until nothing is missing. Each secret is
 * read once. As in Vault Agent, a pass that fails ends it all, even if secrets were missing in it.
 * @throws TemplateError, NoSecretError, and what `send` throws
 */
export async function renderAgainstVault<Response extends FetchResponse>(
  template: Template,
  { env, send, signal }: RenderingWorld<Response>,
): Promise<Rendering<Response>> {
  const fetched = new Map<string, Fetched<Response>>();
  const lookup = (dependency: Dependency): TemplateValue | undefined => fetched.get(dependency.key)?.value;
  for (let pass = 0; pass < MAX_PASSES; pass++) {
    const files = new WrittenFiles(presentContent);
    const result = renderTemplate(template, {
      lookup,
      environment: (name) => env[name],
      readFile: (path) => files.contentOf(path) ?? readFileSync(path),
      now: () => new Date(),
      randomBytes: (count) => randomBytes(count),
      writeFile: (write) => files.add(write),
      runProgram: (file, args) => runProgram({ file, args, environment: env }),
    });
    if (result.missing.length === 0) {
      return { bytes: result.bytes, writes: files.writes, fetched: [...fetched.values()] };
    }
    const answers = await Promise.all(
      result.missing.map(
        async (dependency) => [dependency.key, await fetchDependency(dependency, send, { signal })] as const,
      ),
    );
    for (const [key, answer] of answers) fetched.set(key, answer);
  }
  throw new Error(`the template asks for new secrets in every one of ${MAX_PASSES} passes`);
}
