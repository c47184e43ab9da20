import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { advanceTimeline, resumeTimeline, startTimeline, type Timeline } from "../../src/leases/timeline.ts";

const START = startTimeline({ monotonicMs: 500, wallMs: 1_000_000 });

describe("the lease line", () => {
  const cases = [
    { name: "follows both clocks", monotonic: 10_000, wall: 10_000, lease: 10_000 },
    { name: "counts the time a host slept", monotonic: 5000, wall: 3_605_000, lease: 3_605_000 },
    { name: "counts a wall clock that was set forward", monotonic: 1000, wall: 61_000, lease: 61_000 },
    { name: "does not go back with the wall clock", monotonic: 1000, wall: -3_600_000, lease: 1000 },
    { name: "does not add up rounding between the clocks", monotonic: 1000.5, wall: 1001, lease: 1000.5 },
  ];
  test.each(cases)("$name", ({ monotonic, wall, lease }) => {
    const later = { monotonicMs: 500 + monotonic, wallMs: 1_000_000 + wall };
    const { leaseMs, steadyMs } = advanceTimeline(START, later);
    expect({ leaseMs, steadyMs }).toEqual({ leaseMs: lease, steadyMs: monotonic });
  });

  test("slow slewing is taken over once it has become a second", () => {
    let timeline: Timeline = START;
    for (let second = 1; second <= 100; second++) {
      timeline = advanceTimeline(timeline, {
        monotonicMs: 500 + second * 1000,
        wallMs: 1_000_000 + second * 1050,
      });
    }
    expect(timeline.leaseMs).toBeGreaterThanOrEqual(104_000);
    expect(timeline.steadyMs).toBe(100_000);
  });

  test("never runs behind real time, nor either line backwards, whatever the clocks do", () => {
    const moves = fc.array(
      fc.record({
        passes: fc.integer({ min: 0, max: 100_000 }),
        asleep: fc.boolean(),
        set: fc.integer({ min: -1e9, max: 1e9 }),
      }),
      { maxLength: 30 },
    );
    fc.assert(
      fc.property(moves, (steps) => {
        let [monotonicMs, wallMs, real, awake] = [500, 1_000_000, 0, 0];
        let timeline: Timeline = START;
        for (const { passes, asleep, set } of steps) {
          // Setting the clock and sleeping at the same moment cannot be told apart.
          const skew = asleep ? 0 : set;
          monotonicMs += asleep ? 0 : passes;
          wallMs += passes + skew;
          real += passes;
          awake += asleep ? 0 : passes;
          const next = advanceTimeline(timeline, { monotonicMs, wallMs });
          expect(next.leaseMs).toBeGreaterThanOrEqual(timeline.leaseMs);
          expect(next.steadyMs).toBe(awake);
          timeline = next;
        }
        expect(timeline.leaseMs).toBeGreaterThanOrEqual(real - 1000);
      }),
    );
  });
});

describe("a resumed timeline", () => {
  test("counts the time in which nobody ran, by the wall clock", () => {
    const saved = advanceTimeline(START, { monotonicMs: 10_500, wallMs: 1_010_000 });
    const { timeline, trusted } = resumeTimeline(saved, { monotonicMs: 3, wallMs: 1_040_000 });
    expect({ lease: timeline.leaseMs, steady: timeline.steadyMs, trusted }).toEqual({
      lease: 40_000,
      steady: 40_000,
      trusted: true,
    });
    expect(advanceTimeline(timeline, { monotonicMs: 1003, wallMs: 1_041_000 }).leaseMs).toBe(41_000);
  });

  test("says so when the wall clock went backwards in between", () => {
    const { timeline, trusted } = resumeTimeline(START, { monotonicMs: 3, wallMs: 900_000 });
    expect({ lease: timeline.leaseMs, trusted }).toEqual({ lease: 0, trusted: false });
  });
});
