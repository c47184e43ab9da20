import { readFile } from "node:fs/promises";
import { describe, expect, test } from "vitest";
import { shownKey } from "../../src/annotations/describe.ts";
import { annotationsDocument } from "../../src/annotations/document.ts";
import { ANNOTATIONS } from "../../src/annotations/table.ts";

describe("docs/annotations.md", () => {
  test("is what the table says: npm run docs makes it so", async () => {
    const document = await readFile(new URL("../../docs/annotations.md", import.meta.url), "utf8");
    expect(document).toBe(annotationsDocument());
  });

  test("has a heading for every annotation", () => {
    const headings = annotationsDocument().match(/^### .*$/gm);
    expect(headings).toEqual(expect.arrayContaining(ANNOTATIONS.map((spec) => `### \`${shownKey(spec)}\``)));
    expect(headings).toHaveLength(ANNOTATIONS.length);
  });
});
