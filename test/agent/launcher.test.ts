import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { Script } from "node:vm";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { bundleLoader, cacheOf, WRAPPER } from "../../src/agent/launcher/bundles.ts";

const MAIN = 'exports.value = require("./lazy.cjs").value + require("node:path").posix.sep;';
const LAZY = "exports.value = (globalThis.keycardLoads = (globalThis.keycardLoads ?? 0) + 1);";

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "keycard-launcher-"));
  // A source of its own for each test: V8 remembers in this process what it has compiled, and asks for no cache.
  for (const [bundle, source] of [
    ["main.cjs", MAIN],
    ["lazy.cjs", LAZY],
  ] as const) {
    const wrapped = `${WRAPPER.before}${source}${WRAPPER.after} // ${basename(directory)}`;
    await writeFile(join(directory, bundle), wrapped);
  }
  Reflect.deleteProperty(globalThis, "keycardLoads");
});

afterEach(async () => {
  await rm(directory, { recursive: true, force: true });
});

/** Loads `main.cjs`; what it exports, and what V8 said to the caches (undefined: there was none). */
function run(): {
  readonly exports: unknown;
  readonly rejected: Readonly<Record<string, boolean | undefined>>;
} {
  const rejected: Record<string, boolean | undefined> = {};
  const load = bundleLoader(directory, (bundle, script) => {
    rejected[bundle] = script.cachedDataRejected;
  });
  return { exports: load("main.cjs"), rejected };
}

async function writeCache(bundle: string, content: Buffer): Promise<void> {
  await writeFile(join(directory, cacheOf(bundle, process.arch)), content);
}

describe("the loader of the agent's bundles", () => {
  it("gives a bundle the other bundles and Node's modules", () => {
    expect(run()).toEqual({ exports: { value: "1/" }, rejected: {} });
  });

  it("runs a bundle once, however often it is asked for", () => {
    const load = bundleLoader(directory);
    expect(load("lazy.cjs")).toBe(load("lazy.cjs"));
    expect(load("main.cjs")).toEqual({ value: "1/" });
  });

  it("has V8 use the caches that lie beside the bundles", async () => {
    const scripts = new Map<string, Script>();
    bundleLoader(directory, (bundle, script) => scripts.set(bundle, script))("main.cjs");
    for (const [bundle, script] of scripts) await writeCache(bundle, script.createCachedData());
    expect(run().rejected).toEqual({ "main.cjs": false, "lazy.cjs": false });
  });

  it.each([
    ["damaged", Buffer.from("not a cache")],
    ["empty", Buffer.alloc(0)],
    ["of another source", new Script("1").createCachedData()],
  ])("compiles when a cache is %s", async (_case, content) => {
    await writeCache("main.cjs", content);
    expect(run()).toEqual({ exports: { value: "1/" }, rejected: { "main.cjs": true } });
  });

  it("takes no cache of another architecture", async () => {
    await writeFile(join(directory, cacheOf("main.cjs", "another")), "not a cache");
    expect(run().rejected).toEqual({ "main.cjs": undefined });
  });
});
