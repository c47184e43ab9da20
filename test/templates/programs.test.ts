import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { runProgram } from "../../src/templates/index.ts";

let directory: string;
beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), "keycard-programs-"));
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

/** A program of this text, and what it writes. */
function run(text: string, args: readonly string[] = [], mode = 0o755): string {
  const file = join(directory, "program");
  rmSync(file, { force: true });
  writeFileSync(file, `#!${process.execPath}\n${text}`, { mode });
  return Buffer.from(runProgram({ file, args, environment: { ONLY: "this" } })).toString();
}

describe("a program of a template", () => {
  test("gets its arguments as they are, no input, and only the environment it is given", () => {
    const text =
      'const { argv, env } = process; process.stdin.on("data", () => {}).on("end", () => ' +
      "console.log(JSON.stringify([argv.slice(2), env])))";
    expect(JSON.parse(run(text, ["$HOME", "a b; c"]))).toEqual([["$HOME", "a b; c"], { ONLY: "this" }]);
  });

  test.each([
    ["process.exitCode = 7; console.error('no luck')", "exit status 7: no luck"],
    ["process.kill(process.pid, 'SIGKILL')", "signal SIGKILL"],
    ["process.stdout.write(Buffer.alloc(17 * 1024 * 1024))", "wrote more than 16777216 bytes"],
  ])("%s fails: %s", (text, why) => {
    expect(() => run(text)).toThrow(why);
  });

  test("that cannot be run says why", () => {
    expect(() => run("", [], 0o644)).toThrow("it is not executable");
    expect(() => runProgram({ file: join(directory, "gone"), args: [], environment: {} })).toThrow(
      "no such program",
    );
  });

  test("cannot be given a null byte, and nothing of the argument is told", () => {
    const what = () => runProgram({ file: "/p", args: ["key\0store"], environment: {} });
    expect(what).toThrow(/^exec "\/p": an argument holds a null byte$/);
  });
});
