import { describe, expect, test } from "vitest";
import type { Grant } from "../../src/leases/index.ts";
import { SETTINGS, Simulation, type SimulationOptions } from "./simulation.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const VAULT: SimulationOptions["vault"] = {
  leaseMs: HOUR,
  leaseMaxMs: 24 * HOUR,
  leaseRenewable: true,
  tokenMs: 24 * HOUR,
  tokenMaxMs: 24 * HOUR,
  tokenRenewable: true,
};

type Answer = { readonly grant: Grant; readonly version: string };

function simulate(answer: (now: number) => Answer, options: Partial<SimulationOptions> = {}): Simulation {
  const unleased = (_key: string, now: number): Answer => answer(now);
  return new Simulation({ seed: 1, vault: VAULT, settings: SETTINGS, unleased, ...options });
}

const shown = (simulation: Simulation): string | undefined =>
  simulation.shownVersion.get("database/creds/app");

describe("a secret without a lease", () => {
  test("is read again at the interval, and published only when it changed", () => {
    const simulation = simulate((now) => ({
      grant: { kind: "static" },
      version: now < HOUR ? "one" : "two",
    }));
    simulation.run(HOUR);
    expect(simulation.count("read")).toBeGreaterThanOrEqual(12);
    expect(simulation.count("read")).toBeLessThanOrEqual(15);
    expect(simulation.count("publish")).toBe(1);
    simulation.run(5 * MINUTE);
    expect(shown(simulation)).toBe("two");
    expect(simulation.count("publish")).toBe(2);
  });

  test("outlives an outage and a new login without being read for it", () => {
    const simulation = simulate(() => ({ grant: { kind: "static" }, version: "one" }), {
      vault: { ...VAULT, tokenMs: 10 * MINUTE, tokenMaxMs: 10 * MINUTE },
      settings: { ...SETTINGS, staticIntervalMs: 24 * HOUR },
    });
    simulation.run(3 * HOUR);
    expect(simulation.vault.logins).toBeGreaterThan(15);
    expect(simulation.count("read")).toBe(1);
  });

  test("that vanished stays published, and is looked for ever more seldom", () => {
    const simulation = simulate(() => ({ grant: { kind: "static" }, version: "one" }), {
      outages: [{ fromMs: MINUTE, durationMs: 12 * HOUR, failure: { kind: "refused" } }],
    });
    simulation.run(12 * HOUR);
    expect(shown(simulation)).toBe("one");
    expect(simulation.count("read")).toBeLessThan(400);
  });
});

describe("a static role", () => {
  const PERIOD = 20 * MINUTE;
  const settings = { ...SETTINGS, staticIntervalMs: 2 * HOUR };
  /** Vault works its queue off a little after the rotation is due. */
  const role =
    (lateMs: number, restartsEarly = false) =>
    (now: number): Answer => {
      const rotations = Math.floor(now / PERIOD);
      const late = now - rotations * PERIOD < lateMs && rotations > 0;
      const left = (rotations + 1) * PERIOD - now;
      return {
        grant: {
          kind: "rotated",
          nextRotationSeconds: late && !restartsEarly ? 0 : Math.floor(left / SECOND),
        },
        version: String(late ? rotations - 1 : rotations),
      };
    };

  test.each([
    ["on time", 0, false, 3],
    ["a few seconds late", 5 * SECOND, false, 5 + 3],
    ["late, with the new period begun before the password changed", 4 * SECOND, true, 4 + 3],
  ])("is read just after Vault has rotated it %s", (_name, lateMs, restartsEarly, withinSeconds) => {
    const simulation = simulate(role(lateMs, restartsEarly), { settings });
    simulation.run(PERIOD * 5 + withinSeconds * SECOND);
    expect(shown(simulation)).toBe("5");
    expect(simulation.count("publish")).toBe(6);
    expect(simulation.count("read")).toBeLessThan(70);
  });

  test("that Vault cannot rotate is polled without haste", () => {
    const simulation = simulate(role(PERIOD - 1), { settings });
    simulation.run(PERIOD * 2 - SECOND);
    expect(simulation.count("read")).toBeLessThan(80);
  });

  test("that was rotated by hand is found at the interval", () => {
    const answer = (now: number): Answer => ({
      grant: { kind: "rotated", nextRotationSeconds: 30 * 24 * 3600 - Math.floor(now / SECOND) },
      version: now < HOUR ? "one" : "by hand",
    });
    const simulation = simulate(answer, { settings: { ...SETTINGS, staticIntervalMs: 10 * MINUTE } });
    simulation.run(HOUR + 10 * MINUTE);
    expect(shown(simulation)).toBe("by hand");
  });
});

describe("a certificate", () => {
  test("is replaced well before it ends, and no oftener than its life asks for", () => {
    const simulation = simulate((now) => ({
      grant: { kind: "expiring", lifetimeSeconds: 3600 },
      version: String(now),
    }));
    simulation.run(24 * HOUR);
    expect(simulation.count("read")).toBeGreaterThan(24);
    expect(simulation.count("read")).toBeLessThan(48);
  });
});
