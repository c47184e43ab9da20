import { CORE_LIBRARIES } from "./core.ts";
import type { Library } from "./function-spec.ts";

/** Libraries that are only loaded for templates that use one of their functions. */
export type LibraryName = keyof typeof LAZY;

interface LazyLibrary {
  readonly names: readonly string[];
  readonly load: () => Promise<Library>;
}

const words = (text: string): readonly string[] => text.trim().split(/\s+/);

const LAZY = {
  regex: {
    names: words("regexMatch regexReplaceAll"),
    load: async () => (await import("./regex.ts")).REGEX,
  },
  yaml: {
    names: words("parseYAML toYAML"),
    load: async () => (await import("./yaml.ts")).YAML,
  },
  toml: {
    names: words("toTOML"),
    load: async () => (await import("./toml.ts")).TOML,
  },
} satisfies Record<string, LazyLibrary>;

/** Functions of consul-template that ask Consul or Nomad. */
const CONSUL = words(`
  byKey byMeta byPort byTag caLeaf caRoots connect datacenters exportedServices key keyExists keyOrDefault ls
  node nodes partitions peerings safeLs safeTree service services tree`);
const NOMAD = words("nomadService nomadServices nomadVar nomadVarExists nomadVarList nomadVarListSafe");

/** Where a function comes from; undefined: nobody knows it. */
export type Origin = "core" | LibraryName | "Consul" | "Nomad" | undefined;

/** Every function name and where it comes from. */
export function catalog(): ReadonlyMap<string, Exclude<Origin, undefined>> {
  const origins = new Map<string, Exclude<Origin, undefined>>();
  for (const core of CORE_LIBRARIES) for (const name of core.keys()) origins.set(name, "core");
  for (const [name, { names }] of Object.entries(LAZY)) {
    for (const word of names) origins.set(word, name as LibraryName);
  }
  for (const name of CONSUL) origins.set(name, "Consul");
  for (const name of NOMAD) origins.set(name, "Nomad");
  return origins;
}

/** Loads one library. */
export async function loadLibrary(name: LibraryName): Promise<Library> {
  return LAZY[name].load();
}
