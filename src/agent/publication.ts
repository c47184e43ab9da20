import type { AgentConfig } from "../engines/native/agent-config.ts";
import { KeycardError } from "../errors.ts";
import type { Event, PublishedReading } from "../leases/index.ts";
import type { Dependency } from "../templates/index.ts";
import { type Output, publishOutput } from "./publishing/publish.ts";
import type { Readings, Rendered, Renderer } from "./rendering.ts";

/** Mode of the token file, which the app reads. */
const TOKEN_MODE = 0o644;

/** What came of one publication. */
export interface Publication {
  readonly event: Extract<Event, { kind: "published" }>;
  /** Everything the files turned out to need. */
  readonly dependencies: readonly Dependency[];
  readonly changed: readonly Output[];
  readonly failures: readonly { readonly name: string; readonly error: unknown }[];
}

export interface PublicationRequest {
  readonly config: AgentConfig;
  readonly renderer: Renderer;
  readonly readings: Readings;
  /** What the machine wants shown. */
  readonly shown: readonly PublishedReading[];
  /** undefined: nobody is logged in. */
  readonly token: string | undefined;
}

function tokenOutput(config: AgentConfig, token: string | undefined): Output[] {
  if (config.tokenFile === undefined || token === undefined) return [];
  const { tokenFile } = config;
  return [
    { kind: "file", name: "token", path: tokenFile, content: token, mode: TOKEN_MODE, command: undefined },
  ];
}

/** Renders everything, writes what changed, and tells which secrets are now on disk in every file of theirs. */
export function publishAll({ config, renderer, readings, shown, token }: PublicationRequest): Publication {
  const rendered = renderer.render(readings);
  const changed: Output[] = [];
  const failures: { readonly name: string; readonly error: unknown }[] = [];
  let hopeless = false;
  const write = (name: string, outputs: readonly Output[]): boolean => {
    try {
      for (const output of outputs) {
        if (publishOutput(output, config.writableDirectories)) changed.push(output);
      }
      return true;
    } catch (error) {
      failures.push({ name, error });
      // A full volume may be emptied; a path that leads out of the volume stays where it is.
      if (error instanceof KeycardError) hopeless = true;
      return false;
    }
  };
  const unshown = new Set<string>();
  const settle = ({ name, dependencies, result }: Rendered): void => {
    if (result.kind === "failed") {
      failures.push({ name, error: result.error });
      hopeless = true;
    }
    if (result.kind === "outputs" && write(name, result.outputs)) return;
    for (const { key } of dependencies) unshown.add(key);
  };
  for (const item of rendered) settle(item);
  const tokenShown = write("token", tokenOutput(config, token));
  return {
    event: {
      kind: "published",
      readings: shown.filter(({ key }) => !unshown.has(key)),
      complete:
        tokenShown && rendered.every(({ result }) => result.kind === "outputs") && failures.length === 0,
      hopeless,
    },
    dependencies: rendered.flatMap(({ dependencies }) => dependencies),
    changed,
    failures,
  };
}
