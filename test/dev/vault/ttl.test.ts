import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatSeconds, parseDuration } from "../../../src/dev/vault/durations.ts";
import { grantTtl, SYSTEM_TTL_SECONDS } from "../../../src/dev/vault/ttl.ts";

describe("A duration", () => {
  it.each([
    [undefined, 0],
    [null, 0],
    ["", 0],
    [90, 90],
    ["90", 90],
    ["90s", 90],
    ["1m30s", 90],
    ["1h", 3600],
    ["2d", 172_800],
    ["1.5h", 5400],
    ["1500ms", 1],
    ["-1s", -1],
    ["abc", undefined],
    ["1x", undefined],
    ["s", undefined],
    [true, undefined],
    [[], undefined],
  ])("%j is %j seconds", (written, seconds) => {
    expect(parseDuration(written)).toBe(seconds);
  });

  it("comes back from how Vault prints it", () => {
    fc.assert(
      fc.property(fc.nat(10_000_000), (seconds) => {
        expect(parseDuration(formatSeconds(seconds))).toBe(seconds);
      }),
    );
  });

  it.each([
    [0, "0s"],
    [90, "1m30s"],
    [3600, "1h"],
    [3605, "1h5s"],
    [99_999_999, "27777h46m39s"],
  ])("of %d seconds is printed %s", (seconds, printed) => {
    expect(formatSeconds(seconds)).toBe(printed);
  });
});

describe("A granted TTL", () => {
  const seconds = fc.nat(5_000_000);
  const limits = fc.record({
    ttl: seconds,
    maxTtl: seconds,
    period: fc.constant(0),
    explicitMaxTtl: seconds,
  });

  it("never reaches past the smallest maximum, counted from the start", () => {
    fc.assert(
      fc.property(limits, seconds, fc.nat(4_000_000_000), (asked, increment, start) => {
        const maximum = Math.min(
          ...[asked.maxTtl, asked.explicitMaxTtl, SYSTEM_TTL_SECONDS].filter((value) => value > 0),
        );
        const elapsed = Math.floor(maximum / 2);
        const granted = grantTtl(asked, increment, start, start + elapsed * 1000);
        expect(granted.seconds).toBeLessThanOrEqual(maximum - elapsed);
        expect(granted.seconds).toBeGreaterThan(0);
        const wanted = increment || asked.ttl || SYSTEM_TTL_SECONDS;
        expect(granted.warnings).toHaveLength(granted.seconds < wanted ? 1 : 0);
      }),
    );
  });

  it("is refused once the maximum has passed", () => {
    const asked = { ttl: 60, maxTtl: 120, period: 0, explicitMaxTtl: 0 };
    expect(() => grantTtl(asked, 0, 0, 120_000)).toThrow("past the max TTL, cannot renew");
  });

  it("is the period for periodic tokens, for ever", () => {
    const asked = { ttl: 60, maxTtl: 120, period: 90, explicitMaxTtl: 0 };
    expect(grantTtl(asked, 10_000, 0, 10 ** 12)).toEqual({ seconds: 90, warnings: [] });
  });
});
