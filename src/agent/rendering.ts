import type { AgentConfig, AgentPostgres, AgentTemplate } from "../engines/native/agent-config.ts";
import { KeycardError, messageOf } from "../errors.ts";
import { postgresFileMode, postgresFiles } from "../postgres/formats.ts";
import type { Dependency, Template, TemplateValue, WrittenFiles } from "../templates/index.ts";
import { fs, isWithin } from "./file-system.ts";
import type { Output } from "./publishing/publish.ts";
import type { DirectoryFile } from "./publishing/swapped-directory.ts";
import { loginIn, type StoredReading } from "./secret-store.ts";

type Templates = typeof import("../templates/index.ts");

/** Mode of what the app reads, as Vault Agent's default is. */
const FILE_MODE = 0o644;

/** The readings to show, by the key of their dependency. */
export type Readings = ReadonlyMap<string, StoredReading>;

/** One template or PostgreSQL directory, rendered. */
export interface Rendered {
  readonly name: string;
  /** Everything it was made of; a key that has no reading yet is in it too. */
  readonly dependencies: readonly Dependency[];
  readonly result:
    | { readonly kind: "outputs"; readonly outputs: readonly Output[] }
    /** Not all it needs has been read. */
    | { readonly kind: "incomplete" }
    | { readonly kind: "failed"; readonly error: unknown };
}

/** Renders everything the pod wants. */
export interface Renderer {
  render(readings: Readings): readonly Rendered[];
}

export interface RendererOptions {
  readonly config: Pick<AgentConfig, "templates" | "postgres" | "writableDirectories">;
  /** undefined: the pod has no templates. */
  readonly templates: Templates | undefined;
  /** The pod as PostgreSQL shall see it, e.g. `namespace/name`; `""`: unknown. */
  readonly applicationName: string;
  /** The environment as templates, and the programs they start, see it. */
  readonly variables: ReadonlyMap<string, string>;
}

/** The read that issues a directory's login. */
export function postgresDependency(postgres: AgentPostgres): Dependency {
  const clean = postgres.path.replace(/^\/+|\/+$/g, "");
  return { kind: "secret", key: `read ${clean}`, path: clean };
}

function renderPostgres(postgres: AgentPostgres, readings: Readings, applicationName: string): Rendered {
  const dependency = postgresDependency(postgres);
  const { name } = postgres;
  const reading = readings.get(dependency.key);
  if (!reading) return { name, dependencies: [dependency], result: { kind: "incomplete" } };
  try {
    const login = loginIn(reading.answer);
    if (!login) {
      throw new KeycardError(
        "KEYCARD_AGENT_NO_LOGIN",
        `${dependency.path} holds no username and password, so postgres-${name} cannot be made of it. ` +
          "Use a path of a database engine, like database/creds/ROLE.",
      );
    }
    const { url } = postgres;
    const made = postgresFiles(login, { name, applicationName, ...(url === undefined ? {} : { url }) });
    const files = new Map<string, DirectoryFile>();
    for (const [file, content] of made)
      files.set(file, { content, mode: postgresFileMode(file) ?? FILE_MODE });
    const output: Output = { kind: "directory", name, path: postgres.directory, files };
    return { name, dependencies: [dependency], result: { kind: "outputs", outputs: [output] } };
  } catch (error) {
    return { name, dependencies: [dependency], result: { kind: "failed", error } };
  }
}

/** Whether a user or group of `writeToFile` is who the agent runs as anyway. */
function isOwn(written: string, own: number | undefined): boolean {
  return written === "" || written === String(own);
}

/** Files that a template writes beside its own. */
function outputsOf(files: WrittenFiles, name: string): Output[] {
  for (const write of files.writes) {
    if (!isOwn(write.user, process.getuid?.()) || !isOwn(write.group, process.getgid?.())) {
      throw new KeycardError(
        "KEYCARD_AGENT_FILE_OWNER",
        `writeToFile of ${write.path} names another owner, but the agent is not root. Leave user and group ` +
          "empty: the file is the agent's own.",
      );
    }
  }
  return files.files.map((file): Output => ({ kind: "file", name, ...file, command: undefined }));
}

/** Reads a file for a template, from the writable directories only: templates are the pod's, the rest is not. */
function readAllowed(file: string, directories: readonly string[]): Uint8Array {
  const real = fs.realpathSync.native(file);
  const allowed = directories.some((directory) => isWithin(real, fs.realpathSync.native(directory)));
  if (!allowed) throw new Error(`${file} is outside of ${directories.join(", ")}`);
  return fs.readFileSync(real);
}

function renderTemplate(
  parsed: Template,
  template: AgentTemplate,
  readings: Readings,
  { config, templates, variables }: RendererOptions & { readonly templates: Templates },
): Rendered {
  const { name } = template;
  // Each rendering writes its files whole: what it appends goes behind what it wrote itself.
  const files = new templates.WrittenFiles(() => new Uint8Array());
  const used = new Map<string, Dependency>();
  const lookup = (dependency: Dependency): TemplateValue | undefined => {
    used.set(dependency.key, dependency);
    return readings.get(dependency.key)?.value;
  };
  try {
    const result = templates.renderTemplate(parsed, {
      lookup,
      environment: (variable) => variables.get(variable),
      readFile: (file) => files.contentOf(file) ?? readAllowed(file, config.writableDirectories),
      now: () => new Date(),
      randomBytes: (count) => process.getBuiltinModule("node:crypto").randomBytes(count),
      writeFile: (write) => files.add(write),
      // Whoever writes a template may also give the agent's container a command to run.
      runProgram: (file, args) =>
        templates.runProgram({ file, args, environment: Object.fromEntries(variables) }),
    });
    const dependencies = result.used;
    if (result.missing.length > 0) return { name, dependencies, result: { kind: "incomplete" } };
    const output: Output = {
      kind: "file",
      name,
      path: template.destination,
      content: result.bytes,
      mode: template.mode,
      command: template.command,
    };
    return {
      name,
      dependencies,
      result: { kind: "outputs", outputs: [...outputsOf(files, name), output] },
    };
  } catch (error) {
    // A template may well fail over what is not there yet.
    const incomplete = [...used.keys()].some((key) => !readings.has(key));
    const result = incomplete ? ({ kind: "incomplete" } as const) : ({ kind: "failed", error } as const);
    return { name, dependencies: [...used.values()], result };
  }
}

async function parse(template: AgentTemplate, templates: Templates): Promise<Template> {
  const { source, name, leftDelimiter, rightDelimiter, errorOnMissingKey } = template;
  const parsed = templates.parseTemplate(
    source.kind === "inline" ? source.text : readSource(name, source.path),
    {
      name,
      leftDelimiter,
      rightDelimiter,
      missingKeyIsError: errorOnMissingKey,
    },
  );
  await templates.loadTemplateLibraries(parsed);
  return parsed;
}

function readSource(name: string, file: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (cause) {
    throw new KeycardError(
      "KEYCARD_AGENT_TEMPLATE_FILE",
      `The template file of ${name} cannot be read: ${messageOf(cause)}. Mount it into the agent's containers, ` +
        "for example with agent-copy-volume-mounts or agent-extra-secret.",
      { cause },
    );
  }
}

/** @throws TemplateError, KeycardError when a template cannot be had or is wrong. */
export async function createRenderer(options: RendererOptions): Promise<Renderer> {
  const { config, templates, applicationName } = options;
  const parsed = new Map<AgentTemplate, Template>();
  if (templates)
    for (const template of config.templates) parsed.set(template, await parse(template, templates));
  return {
    render(readings) {
      const rendered = config.postgres.map((postgres) => renderPostgres(postgres, readings, applicationName));
      if (!templates) return rendered;
      for (const [template, source] of parsed) {
        rendered.push(renderTemplate(source, template, readings, { ...options, templates }));
      }
      return rendered;
    },
  };
}
