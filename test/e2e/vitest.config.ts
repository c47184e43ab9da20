import { defineConfig } from "vitest/config";

/** In CI the run leaves a report that `scripts/test-summary.ts` adds up. */
const reporters = process.env["CI"]
  ? ["verbose", ["json", { outputFile: `reports/vitest-${process.pid}.json` }]]
  : ["verbose"];

export default defineConfig({
  test: {
    name: "e2e",
    reporters: reporters as ["verbose"],
    include: ["test/e2e/**/*.e2e.ts", "test/manifests/**/*.e2e.ts"],
    globalSetup: "test/e2e/ground/setup.ts",
    // One cluster, and tests that kill parts of it: one after the other.
    fileParallelism: false,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
