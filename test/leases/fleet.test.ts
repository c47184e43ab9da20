import { describe, expect, test } from "vitest";
import { SETTINGS, Simulation, type SimulationOptions } from "./simulation.ts";

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const AGENTS = 1000;

const VAULT: SimulationOptions["vault"] = {
  leaseMs: HOUR,
  leaseMaxMs: 4 * HOUR,
  leaseRenewable: true,
  tokenMs: 24 * HOUR,
  tokenMaxMs: 24 * HOUR,
  tokenRenewable: true,
};

/** Moments of all agents' calls, when all of them start at the same time. */
function calls(options: Partial<SimulationOptions>, durationMs: number): readonly number[] {
  const moments: number[] = [];
  for (let seed = 0; seed < AGENTS; seed++) {
    const simulation = new Simulation({
      seed,
      vault: VAULT,
      settings: SETTINGS,
      longestSleepMs: HOUR,
      ...options,
    });
    simulation.run(durationMs);
    const vaultCalls = simulation.actions.filter(
      ({ action }) => !["publish", "verify"].includes(action.kind),
    );
    moments.push(...vaultCalls.map(({ at }) => at));
  }
  return moments;
}

function mostWithin(moments: readonly number[], windowMs: number): number {
  const windows = new Map<number, number>();
  for (const at of moments) {
    const window = Math.floor(at / windowMs);
    windows.set(window, (windows.get(window) ?? 0) + 1);
  }
  return Math.max(...windows.values());
}

describe("a thousand agents that started together", () => {
  test("do not renew and rotate together", () => {
    const moments = calls({}, 12 * HOUR).filter((at) => at > 60 * SECOND);
    // All in step it would be a thousand in one second.
    expect(moments.length).toBeGreaterThan(15 * AGENTS);
    expect(mostWithin(moments, SECOND)).toBeLessThan(40);
  });

  test("do not come back together after an outage, nor ask much while it lasts", () => {
    const outage = { fromMs: 0, durationMs: 300 * SECOND };
    const moments = calls({ outages: [outage] }, 360 * SECOND);
    const meanwhile = moments.filter((at) => at > 30 * SECOND && at < 300 * SECOND);
    expect(mostWithin(meanwhile, SECOND)).toBeLessThan(280);
    const after = moments.filter((at) => at >= 300 * SECOND);
    // A login and a read each, spread over the longest pause.
    expect(after.length).toBeGreaterThan(1.9 * AGENTS);
    expect(mostWithin(after, SECOND)).toBeLessThan(500);
  });
});
