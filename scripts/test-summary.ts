import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";

/** The counts of one vitest run, as its JSON reporter writes them. */
interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly numPendingTests: number;
}

// Adds up the reports that test runs in CI leave behind, in one closing line.
const folder = process.argv[2] ?? "reports";
const totals = { passed: 0, failed: 0, skipped: 0 };
for (const name of await readdir(folder)) {
  if (!name.endsWith(".json")) continue;
  const report = JSON.parse(await readFile(join(folder, name), "utf8")) as Report;
  totals.passed += report.numPassedTests;
  totals.failed += report.numFailedTests;
  totals.skipped += report.numPendingTests;
}
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`);
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0;
