import {
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BoundaryError, prepareDirectory } from "../../src/agent/publishing/boundary.ts";
import { type Output, publishOutput } from "../../src/agent/publishing/publish.ts";

let root: string;
let secrets: string;

beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "keycard-publishing-"));
  secrets = join(root, "secrets");
  mkdirSync(secrets);
});

afterEach(() => rmSync(root, { recursive: true, force: true }));

const fileOutput = (path: string, content: string, mode = 0o640): Output => ({
  kind: "file",
  name: "one",
  path,
  content,
  mode,
  command: undefined,
});

const directoryOutput = (files: Readonly<Record<string, string>>): Output => ({
  kind: "directory",
  name: "db",
  path: join(secrets, "db"),
  files: new Map(Object.entries(files).map(([name, content]) => [name, { content, mode: 0o600 }])),
});

const mode = (file: string): number => statSync(file).mode & 0o777;

describe("a file", () => {
  test("gets its content and mode, in a directory that is made for it", () => {
    const path = join(secrets, "deep", "er", "config");
    expect(publishOutput(fileOutput(path, "value"), [secrets])).toBe(true);
    expect(readFileSync(path, "utf8")).toBe("value");
    expect(mode(path)).toBe(0o640);
    expect(readdirSync(join(secrets, "deep", "er"))).toEqual(["config"]);
  });

  test("that holds what it should is left alone", () => {
    const path = join(secrets, "config");
    publishOutput(fileOutput(path, "value"), [secrets]);
    const { ino } = statSync(path);
    expect(publishOutput(fileOutput(path, "value"), [secrets])).toBe(false);
    expect(statSync(path).ino).toBe(ino);
  });

  test("is replaced rather than written into: who has it open keeps what it had", () => {
    const path = join(secrets, "config");
    publishOutput(fileOutput(path, "old"), [secrets]);
    const { ino } = statSync(path);
    expect(publishOutput(fileOutput(path, "new"), [secrets])).toBe(true);
    expect(statSync(path).ino).not.toBe(ino);
  });

  test("takes the place of a symbolic link, and what that led to stays as it was", () => {
    const victim = join(root, "victim");
    writeFileSync(victim, "untouched");
    symlinkSync(victim, join(secrets, "config"));
    publishOutput(fileOutput(join(secrets, "config"), "secret"), [secrets]);
    expect(lstatSync(join(secrets, "config")).isFile()).toBe(true);
    expect(readFileSync(victim, "utf8")).toBe("untouched");
  });

  test("does not go through a link in the place of its temporary file", () => {
    const victim = join(root, "victim");
    writeFileSync(victim, "untouched");
    symlinkSync(victim, join(secrets, ".config.keycard-new"));
    publishOutput(fileOutput(join(secrets, "config"), "secret"), [secrets]);
    expect(readFileSync(victim, "utf8")).toBe("untouched");
    expect(readFileSync(join(secrets, "config"), "utf8")).toBe("secret");
  });

  test("that cannot be put in its place leaves nothing behind", () => {
    mkdirSync(join(secrets, "config", "occupied"), { recursive: true });
    expect(() => publishOutput(fileOutput(join(secrets, "config"), "secret"), [secrets])).toThrow();
    expect(readdirSync(secrets)).toEqual(["config"]);
  });
});

describe("a directory", () => {
  const db = (): string => join(secrets, "db");

  test("shows its files through one link, with their modes", () => {
    publishOutput(directoryOutput({ username: "u1", password: "p1" }), [secrets]);
    expect(readFileSync(join(db(), "username"), "utf8")).toBe("u1");
    expect(readlinkSync(join(db(), "username"))).toBe("..data/username");
    expect(mode(join(db(), "password"))).toBe(0o600);
  });

  test("changes as one: the old files stay whole for who is among them", () => {
    publishOutput(directoryOutput({ username: "u1", password: "p1" }), [secrets]);
    const before = readlinkSync(join(db(), "..data"));
    expect(publishOutput(directoryOutput({ username: "u2", password: "p2" }), [secrets])).toBe(true);
    const after = readlinkSync(join(db(), "..data"));
    expect(after).not.toBe(before);
    expect(readFileSync(join(db(), after, "username"), "utf8")).toBe("u2");
    expect(readFileSync(join(db(), "password"), "utf8")).toBe("p2");
  });

  test("that shows what it should is left alone", () => {
    publishOutput(directoryOutput({ username: "u1" }), [secrets]);
    const before = readlinkSync(join(db(), "..data"));
    expect(publishOutput(directoryOutput({ username: "u1" }), [secrets])).toBe(false);
    expect(readlinkSync(join(db(), "..data"))).toBe(before);
  });

  test.each([
    ["a file that somebody removed", () => rmSync(join(db(), "username"))],
    [
      "data that somebody removed",
      () => rmSync(join(db(), readlinkSync(join(db(), "..data"))), { recursive: true }),
    ],
    [
      "a file in the place of a link",
      () => {
        rmSync(join(db(), "username"));
        writeFileSync(join(db(), "username"), "forged");
      },
    ],
  ])("is mended: %s", (_name, damage) => {
    publishOutput(directoryOutput({ username: "u1" }), [secrets]);
    damage();
    expect(publishOutput(directoryOutput({ username: "u1" }), [secrets])).toBe(true);
    expect(readFileSync(join(db(), "username"), "utf8")).toBe("u1");
  });

  test("loses what it shows no more and what a killed agent left; the app's own files stay", () => {
    publishOutput(directoryOutput({ username: "u1", url: "x" }), [secrets]);
    mkdirSync(join(db(), "..keycard-abandoned"));
    writeFileSync(join(db(), "mine"), "the app's");
    publishOutput(directoryOutput({ username: "u2" }), [secrets]);
    const current = readlinkSync(join(db(), "..data"));
    expect(readdirSync(db()).sort()).toEqual(["..data", current, "mine", "username"].sort());
  });
});

describe("what lies outside of the writable directories", () => {
  const outside: readonly (readonly [string, () => string])[] = [
    ["another directory", () => join(root, "elsewhere")],
    ["a directory whose name begins alike", () => `${secrets}-too`],
    ["a way out by ..", () => `${secrets}/a/../../elsewhere`],
    ["a way out by a link", () => join(secrets, "link", "inside")],
  ];
  test.each(outside)("is refused: %s", (_name, directory) => {
    mkdirSync(join(root, "elsewhere"));
    symlinkSync(join(root, "elsewhere"), join(secrets, "link"));
    expect(() => prepareDirectory(directory(), [secrets])).toThrow(BoundaryError);
    expect(readdirSync(join(root, "elsewhere"))).toEqual([]);
  });

  test("does not include a link that stays inside", () => {
    mkdirSync(join(secrets, "real"));
    symlinkSync(join(secrets, "real"), join(secrets, "link"));
    prepareDirectory(join(secrets, "link", "deep"), [secrets]);
    expect(readdirSync(join(secrets, "real"))).toEqual(["deep"]);
  });
});
