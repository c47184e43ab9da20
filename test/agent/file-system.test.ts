import { posix } from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { cleanPath, fileErrorCode, isWithin, parentOf, pathIn } from "../../src/agent/file-system.ts";

const segment = fc.constantFrom("", ".", "..", "a", "b c", "..data", ".hidden", "x.y");
const anyPath = fc.array(segment, { maxLength: 8 }).map((segments) => `/${segments.join("/")}`);

describe("a path", () => {
  test("is cleaned as Node.js does it, and without a slash at its end", () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        expect(cleanPath(path)).toBe(posix.resolve(path));
      }),
    );
  });

  test("that is clean stays as it is", () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        const clean = cleanPath(path);
        expect(cleanPath(clean)).toBe(clean);
      }),
    );
  });

  test("lies in its parent directory", () => {
    fc.assert(
      fc.property(anyPath, (path) => {
        const clean = cleanPath(path);
        expect(parentOf(clean)).toBe(posix.dirname(clean));
        expect(isWithin(clean, parentOf(clean))).toBe(true);
      }),
    );
  });

  test.each([
    ["/secrets/app", "/secrets", true],
    ["/secrets", "/secrets", true],
    ["/secrets-of-others/app", "/secrets", false],
    ["/", "/secrets", false],
    ["/anything", "/", true],
  ])("%s lies within %s: %s", (target, directory, within) => {
    expect(isWithin(target, directory)).toBe(within);
  });

  test("is made of a directory and a name", () => {
    expect(pathIn("/secrets", "app")).toBe("/secrets/app");
  });
});

test.each([
  [Object.assign(new Error("no"), { code: "ENOENT" }), "ENOENT"],
  [new Error("no"), ""],
  ["no", ""],
])("the code of %s is %j", (thrown, code) => {
  expect(fileErrorCode(thrown)).toBe(code);
});
