import { readFileSync } from "node:fs";
import { Script } from "node:vm";
import { pathIn } from "../file-system.ts";

/** The agent itself; the other bundles are loaded when one of its calls needs them. */
export const AGENT_BUNDLE = "agent.cjs";

/**
 * Where the code cache of a bundle lies: what V8 made of its source, to save compiling it at each start. It is
 * of one architecture; that it is of this Node's V8 too, V8 checks itself.
 */
export function cacheOf(bundle: string, architecture: string): string {
  return bundle.replace(/\.cjs$/, `.${architecture}.cache`);
}

/** What stands around a bundle in its file: put around it only here, it would be in memory twice. */
export const WRAPPER = { before: "(function (exports, require, module) {", after: "})" };

type Exports = Readonly<Record<string, unknown>>;
type Require = (id: string) => unknown;
type Wrapper = (exports: Exports, require: Require, module: { exports: Exports }) => void;

function cacheAt(file: string): Buffer<ArrayBuffer> | undefined {
  try {
    return readFileSync(file);
  } catch {
    // Built for another architecture, or without caches: V8 compiles.
    return undefined;
  }
}

/**
 * V8 is done with it: what has memory of its own gives it back at once; else a garbage collection would have to come
 * by first. Small files lie in a pool of Node's, which stays.
 */
function release(data: Buffer<ArrayBuffer>): void {
  if (data.buffer.byteLength === data.byteLength) data.buffer.transfer(0);
}

/**
 * Loads bundles of a directory as CommonJS modules: other bundles by `./name.cjs`, everything else from Node.
 * A code cache must be of its bundle: V8 compares no more of the source than its length.
 * @param compiled is told of each bundle before it runs.
 */
export function bundleLoader(
  directory: string,
  compiled: (bundle: string, script: Script) => void = () => undefined,
): (bundle: string) => unknown {
  const modules = new Map<string, { exports: Exports }>();
  const load = (bundle: string): unknown => {
    const known = modules.get(bundle);
    if (known) return known.exports;
    // As UTF-8, because Node makes only one copy then.
    const source = readFileSync(pathIn(directory, bundle), "utf8");
    const cachedData = cacheAt(pathIn(directory, cacheOf(bundle, process.arch)));
    // The bare name as file name: it is part of the cache, which is to be the same wherever it is made.
    const script = new Script(source, { filename: bundle, ...(cachedData && { cachedData }) });
    compiled(bundle, script);
    if (cachedData) release(cachedData);
    const module = { exports: {} };
    modules.set(bundle, module);
    (script.runInThisContext() as Wrapper)(module.exports, required, module);
    return module.exports;
  };
  const required = (id: string): unknown =>
    id.startsWith("./") ? load(id.slice(2)) : process.getBuiltinModule(id);
  return load;
}
