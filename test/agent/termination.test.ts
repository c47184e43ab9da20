import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { writeTerminationMessage } from "../../src/agent/termination.ts";

function inDirectory(check: (file: string) => void): void {
  const directory = mkdtempSync(join(tmpdir(), "keycard-termination-"));
  try {
    check(join(directory, "termination-log"));
  } finally {
    rmSync(directory, { recursive: true });
  }
}

test("a termination message is written where kubelet has put the file, as much as it shows", () => {
  inDirectory((file) => {
    writeFileSync(file, "an older message that is longer");
    writeTerminationMessage(file, "short");
    expect(readFileSync(file, "utf8")).toBe("short");
    writeTerminationMessage(file, "x".repeat(10_000));
    expect(readFileSync(file, "utf8")).toHaveLength(4096);
  });
});

test("a termination message goes nowhere outside of a container", () => {
  inDirectory((file) => {
    writeTerminationMessage(file, "nobody reads this");
    expect(existsSync(file)).toBe(false);
  });
});
