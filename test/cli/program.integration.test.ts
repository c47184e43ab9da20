import { execFileSync } from "node:child_process";
import { resolve } from "node:path";
import { expect, test } from "vitest";

test("the built program starts by its own name, as npx starts it", () => {
  const program = resolve(import.meta.dirname, "../../dist/keycard.js");
  expect(execFileSync(program, ["version"], { encoding: "utf8" })).toMatch(/^keycard \d+\.\d+\.\d+\n$/);
});
