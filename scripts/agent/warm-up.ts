/**
 * Runs the agent's bundles of a directory like the launcher does, and leaves code caches beside those that had none.
 * Usage: node scripts/agent/warm-up.ts DIRECTORY [ARGUMENT]...
 */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Script } from "node:vm";
import { AGENT_BUNDLE, bundleLoader, cacheOf } from "../../src/agent/launcher/bundles.ts";

const [directory = ""] = process.argv.splice(2, 1);
const scripts = new Map<string, Script>();
process.on("exit", (code) => {
  if (code !== 0) return;
  // Only now has V8 compiled what the run called.
  for (const [bundle, script] of scripts) {
    writeFileSync(join(directory, cacheOf(bundle, process.arch)), script.createCachedData());
  }
});
bundleLoader(directory, (bundle, script) => {
  if (script.cachedDataRejected === undefined) scripts.set(bundle, script);
})(AGENT_BUNDLE);
