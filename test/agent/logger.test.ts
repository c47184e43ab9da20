import { describe, expect, test } from "vitest";
import { createLogger, type LogLevel } from "../../src/agent/logger.ts";

function logging(level: LogLevel): { log: ReturnType<typeof createLogger>; lines: string[] } {
  const lines: string[] = [];
  const base = { pod: "app-0", namespace: undefined };
  return { log: createLogger({ level, base, write: (line) => lines.push(line), now: () => 1234 }), lines };
}

describe("a log line", () => {
  test("is JSON as pino writes it, with an event and its fields", () => {
    const { log, lines } = logging("info");
    log.info("lease-renewed", { ttlSeconds: 20, lease: undefined });
    expect(lines).toEqual([
      '{"level":30,"time":1234,"pod":"app-0","event":"lease-renewed","ttlSeconds":20,"msg":"lease renewed"}\n',
    ]);
  });

  test("says a message where there is one, on one line", () => {
    const { log, lines } = logging("info");
    log.warn("failed", { message: "two\nlines" });
    expect(lines).toEqual(['{"level":40,"time":1234,"pod":"app-0","event":"failed","msg":"two\\nlines"}\n']);
  });

  test("is not written below the level", () => {
    const { log, lines } = logging("warn");
    for (const level of ["trace", "debug", "info", "warn", "error"] as const) log[level]("event");
    expect(lines.map((line) => JSON.parse(line).level)).toEqual([40, 50]);
  });
});
