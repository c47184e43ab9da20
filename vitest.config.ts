import { defineConfig } from "vitest/config";

/** In CI each run leaves a report that `scripts/test-summary.ts` adds up. */
const reporters = process.env.CI
  ? ["default", ["json", { outputFile: `reports/vitest-${process.pid}.json` }]]
  : ["default"];

export default defineConfig({
  test: {
    reporters: reporters as ["default"],
    projects: [
      {
        test: {
          name: "unit",
          include: ["test/**/*.test.ts"],
          exclude: ["test/**/*.integration.test.ts", "test/e2e/**"],
        },
      },
      {
        test: {
          name: "integration",
          include: ["test/**/*.integration.test.ts"],
          exclude: ["test/e2e/**"],
          testTimeout: 60_000,
          hookTimeout: 120_000,
          // Real PostgreSQL and Vault servers: a few files at once is what two cores carry.
          maxWorkers: 2,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
});
