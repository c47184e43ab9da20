import { describe, expect, it } from "vitest";
import { waitUntilReady } from "../../src/agent/ready-wait.ts";

/** A wait on a clock that only pausing moves. */
function waiting(readyAfterMs: number, timeoutSeconds: number, abortAfterMs = Number.POSITIVE_INFINITY) {
  const abort = new AbortController();
  let nowMs = 1_000_000;
  const start = nowMs;
  const elapsed = (): number => nowMs - start;
  const result = waitUntilReady({
    isReady: () => elapsed() >= readyAfterMs,
    timeoutSeconds,
    now: () => nowMs,
    pause: async (milliseconds) => {
      nowMs += milliseconds;
      if (elapsed() >= abortAfterMs) abort.abort();
    },
    signal: abort.signal,
  });
  return { result, elapsed };
}

describe("waiting for the agent of a container", () => {
  it.each([
    ["at once, where it is ready already", 0, 0],
    ["a few milliseconds after it is", 70, 75],
    ["a tenth of a second after it is, where that takes long", 30_000, 30_100],
  ])("ends %s", async (_, readyAfterMs, atLatestMs) => {
    const { result, elapsed } = waiting(readyAfterMs, 60);
    expect(await result).toBe(true);
    expect(elapsed()).toBeGreaterThanOrEqual(readyAfterMs);
    expect(elapsed()).toBeLessThanOrEqual(atLatestMs);
  });

  it("gives up when the time is over", async () => {
    const { result, elapsed } = waiting(Number.POSITIVE_INFINITY, 60);
    expect(await result).toBe(false);
    expect(elapsed()).toBeGreaterThanOrEqual(60_000);
    expect(elapsed()).toBeLessThanOrEqual(60_100);
  });

  it("goes on for ever with a time of 0, until it is told to end", async () => {
    const { result, elapsed } = waiting(Number.POSITIVE_INFINITY, 0, 3_600_000);
    expect(await result).toBe(false);
    expect(elapsed()).toBeGreaterThanOrEqual(3_600_000);
  });
});
