import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { unifiedDiff } from "../../src/cli/inject/line-diff.ts";

/** Applies a unified diff as patch(1) does: hunk by hunk, each line checked. */
function apply(before: string, diff: string): string {
  const old = before === "" ? [] : before.split(/(?<=\n)/);
  const result: string[] = [];
  let position = 0;
  for (const hunk of diff.split(/^@@ /m).slice(1)) {
    const [, start = "0", count = "0"] = /^-(\d+),(\d+) /.exec(hunk) ?? [];
    const first = Number(start) - (Number(count) === 0 ? 0 : 1);
    result.push(...old.slice(position, first));
    position = first;
    const body = hunk.slice(hunk.indexOf("\n") + 1).split(/(?<=\n)/);
    for (const [index, line] of body.entries()) {
      if (line === "" || line.startsWith("\\")) {
        continue;
      }
      const endless = body[index + 1]?.startsWith("\\") ?? false;
      const [sign, text] = [line[0], endless ? line.slice(1, -1) : line.slice(1)];
      if (sign !== "+") {
        expect(old[position]).toBe(text);
        position++;
      }
      if (sign !== "-") {
        result.push(text);
      }
    }
  }
  return [...result, ...old.slice(position)].join("");
}

const text = fc
  .tuple(fc.array(fc.constantFrom("a", "b", "c", ""), { maxLength: 30 }), fc.constantFrom("", "\n"))
  .map(([lines, end]) => (lines.length === 0 ? "" : lines.join("\n") + end));

describe("a unified diff", () => {
  it("leads from one text to the other", () => {
    fc.assert(
      fc.property(text, text, (before, after) => {
        expect(apply(before, unifiedDiff([{ before, after }], "x"))).toBe(after);
      }),
    );
  });

  it("shows three lines around a change, and counts lines over all parts", () => {
    const kept = "1\n2\n3\n4\n";
    const parts = [
      { before: kept, after: kept },
      { before: "5\n6\n", after: "5\nnew\n6\n" },
      { before: kept, after: kept },
    ];
    expect(unifiedDiff(parts, "x")).toBe(
      "--- x\n+++ x (injected)\n@@ -3,6 +3,7 @@\n 3\n 4\n 5\n+new\n 6\n 1\n 2\n",
    );
  });

  it("is empty for the same text", () => {
    expect(unifiedDiff([{ before: "a\n", after: "a\n" }], "x")).toBe("");
  });
});
