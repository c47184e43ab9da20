import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join, posix } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  cleanPath,
  fileErrorCode,
  isWithin,
  makeDirectory,
  parentOf,
  pathIn,
  removeFile,
} from "../../src/agent/file-system.ts";

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

describe("on disk", () => {
  let root = "";
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "keycard-file-system-"));
  });
  afterEach(() => {
    rmSync(root, { recursive: true });
  });

  test("a directory is made with those it lies in, and stays as it is when it is there", () => {
    const directory = join(root, "a", "b");
    makeDirectory(directory, 0o700);
    makeDirectory(directory, 0o755);
    expect(statSync(directory).mode & 0o777).toBe(0o700);
  });

  test("a file in a directory's place is not taken for one that can be made", () => {
    writeFileSync(join(root, "a"), "");
    expect(() => makeDirectory(join(root, "a", "b"), 0o700)).toThrow("ENOTDIR");
  });

  test("a link is removed, and not what it leads to", () => {
    writeFileSync(join(root, "target"), "");
    for (const target of ["target", "nothing"]) {
      const link = join(root, "link");
      symlinkSync(target, link);
      removeFile(link);
      expect(lstatSync(link, { throwIfNoEntry: false })).toBeUndefined();
    }
    expect(existsSync(join(root, "target"))).toBe(true);
  });

  test("nothing is removed where nothing is, and no directory", () => {
    removeFile(join(root, "nothing"));
    mkdirSync(join(root, "directory"));
    expect(() => removeFile(join(root, "directory"))).toThrow();
    expect(existsSync(join(root, "directory"))).toBe(true);
  });
});
