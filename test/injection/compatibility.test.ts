import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const DOCS = join(import.meta.dirname, "../../docs");
const text = readFileSync(join(DOCS, "compatibility.md"), "utf8");
const rows = text
  .split("\n")
  .filter((line) => line.startsWith("| ") && !/^\| (?:---|annotation|what )/.test(line));

describe("docs/compatibility.md", () => {
  it("has rows", () => {
    expect(rows.length).toBeGreaterThan(40);
  });

  it.each(rows)("%s names a case that holds it", (row) => {
    const cases = [...row.matchAll(/\]\((\.\.\/test\/[^)]+)\)/g)].map(([, path = ""]) => join(DOCS, path));
    expect(cases).not.toEqual([]);
    for (const path of cases) {
      expect(existsSync(path.endsWith(".test.ts") ? path : join(path, "expected.txt"))).toBe(true);
    }
  });
});
