import { execFile } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bundleAgent } from "../../scripts/agent/bundle.ts";
import { makeCodeCaches } from "../../scripts/agent/code-cache.ts";

const LOADER = pathToFileURL(resolve(import.meta.dirname, "../../src/agent/launcher/bundles.ts")).href;

let builds: readonly string[];

beforeAll(async () => {
  builds = await Promise.all([0, 1].map(() => mkdtemp(join(tmpdir(), "keycard-build-"))));
  for (const directory of builds) {
    await bundleAgent(directory, { target: "node24" });
    await makeCodeCaches(join(directory, "agent"));
  }
});

afterAll(async () => {
  await Promise.all(builds.map((directory) => rm(directory, { recursive: true, force: true })));
});

async function files(directory: string): Promise<ReadonlyMap<string, string>> {
  const names = await readdir(join(directory, "agent"));
  return new Map(
    await Promise.all(
      names.map(async (name) => [name, await readFile(join(directory, "agent", name), "base64")] as const),
    ),
  );
}

describe("the build of the agent", () => {
  it("gives each bundle a code cache that V8 takes", async () => {
    const [directory = ""] = builds;
    const program = `
      import { bundleLoader } from ${JSON.stringify(LOADER)};
      const load = bundleLoader(${JSON.stringify(join(directory, "agent"))}, (bundle, script) => {
        console.log(bundle, "rejected:", script.cachedDataRejected);
      });
      for (const bundle of ["re2js.cjs", "templates.cjs", "yaml.cjs", "agent.cjs"]) load(bundle);`;
    // A process of its own: V8 takes no cache that was made with other flags, and a test's worker has some.
    const { stdout } = await promisify(execFile)(process.execPath, [
      "--input-type=module",
      "--eval",
      program,
      "keycard",
      "--version",
    ]);
    expect(stdout.split("\n").filter((line) => line.includes("rejected"))).toEqual([
      "re2js.cjs rejected: false",
      "templates.cjs rejected: false",
      "yaml.cjs rejected: false",
      "agent.cjs rejected: false",
    ]);
  });

  it("makes the same bytes each time, for the image is reproducible", async () => {
    const [first = "", second = ""] = builds;
    expect(await files(second)).toEqual(await files(first));
  });
});
