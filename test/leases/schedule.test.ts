import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { backoffMs, renewalInstant, rotationInstant } from "../../src/leases/schedule.ts";

const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe("renewals", () => {
  test.each([
    [0, 0.6],
    [0.5, 2 / 3],
    [0.999999, 0.733333],
  ])("with %f drawn come at %f of the lease's life", (drawn, part) => {
    expect(renewalInstant(1000, 60_000, () => drawn)).toBeCloseTo(1000 + part * 60_000, 0);
  });
});

describe("rotation", () => {
  const cases = [
    {
      name: "a long lease: the grace period and a margin before its end",
      granted: 1200,
      whole: 86_400,
      left: 400,
    },
    { name: "a cut last renewal: at once when less than grace is left", granted: 20, whole: 3600, left: 40 },
    { name: "a short life: not before half of it", granted: 20, whole: 20, left: 10 },
    { name: "a very long life: a third of the last grant", granted: 86_400, whole: 864_000, left: 28_800 },
  ];
  test.each(cases)("$name", ({ granted, whole, left }) => {
    const life = { issuedAtMs: 0, grantedAtMs: (whole - granted) * 1000, expiresAtMs: whole * 1000 };
    expect(rotationInstant(life, 30_000, () => 0)).toBe((whole - left) * 1000);
  });

  test("never comes before half of a life, nor after its end", () => {
    const lives = fc.record({
      granted: fc.integer({ min: 1, max: 1e10 }),
      before: fc.integer({ min: 0, max: 1e10 }),
      grace: fc.integer({ min: 0, max: 1e7 }),
      drawn: unit,
    });
    fc.assert(
      fc.property(lives, ({ granted, before, grace, drawn }) => {
        const life = { issuedAtMs: 0, grantedAtMs: before, expiresAtMs: before + granted };
        const at = rotationInstant(life, grace, () => drawn);
        expect(at).toBeGreaterThanOrEqual(life.expiresAtMs / 2);
        expect(at).toBeLessThan(life.expiresAtMs);
      }),
    );
  });
});

describe("back-off", () => {
  test.each([
    [1, 1000],
    [2, 2000],
    [5, 16_000],
    [9, 256_000],
    [10, 300_000],
    [5000, 300_000],
  ])("failure %i: at most %i milliseconds", (failures, ceiling) => {
    const bounds = { minMs: 1000, maxMs: 300_000 };
    expect(backoffMs(failures, bounds, () => 1)).toBe(ceiling);
    expect(backoffMs(failures, bounds, () => 0)).toBe(ceiling * 0.1);
  });
});
