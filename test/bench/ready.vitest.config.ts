import { defineConfig } from "vitest/config";

/** `npm run bench:ready`: on the cluster of the end-to-end tests, which it starts where none runs. */
export default defineConfig({
  test: {
    name: "bench-ready",
    reporters: ["default"],
    include: ["test/bench/ready.ts"],
    globalSetup: "test/e2e/ground/setup.ts",
    testTimeout: 3_600_000,
    hookTimeout: 180_000,
  },
});
