import { spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { describe, expect, it } from "vitest";

const MODULE = new URL("../../src/webhook/log-destination.ts", import.meta.url).href;

/** Arguments for a program that logs lines and then ends in some way. */
function program(lines: string, end: string): string[] {
  const text = `
    import { logDestination } from ${JSON.stringify(MODULE)};
    const destination = logDestination(process.stdout, "json");
    const write = (line) => destination.stream.write(line + "\\n");
    ${lines};
    ${end};
  `;
  return ["--input-type=module", "--eval", text];
}

function written(lines: string, end: string): string[] {
  const { stdout } = spawnSync(process.execPath, program(lines, end), { encoding: "utf8" });
  return stdout.split("\n").slice(0, -1);
}

describe("lines on their way to a file descriptor", () => {
  it.each([
    ["when it is ended", "destination.end()"],
    ["when the process exits", "process.exit(3)"],
    ["when an exception ends the process", "throw new Error('a defect')"],
    ["when nothing is left to do", ""],
  ])("are all written %s", (_, end) => {
    expect(written("write('first'); write('last')", end)).toEqual(["first", "last"]);
  });

  it("are written while the process goes on", async () => {
    const child = spawn(process.execPath, program("write('a')", "setInterval(() => {}, 60_000)"));
    const [chunk] = await once(child.stdout, "data");
    expect(String(chunk)).toBe("a\n");
    child.kill("SIGKILL");
    await once(child, "exit");
  });

  it("keep their order and every character, whatever their length and number", () => {
    const line = (n: number): string => n + "€😀x".repeat(n % 50 === 0 ? n * 20 : n % 70);
    const lines = `const line = ${line}; for (let n = 0; n < 500; n++) write(line(n))`;
    expect(written(lines, "destination.end()")).toEqual(Array.from({ length: 500 }, (_, n) => line(n)));
  });
});
