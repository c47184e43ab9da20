import { describe, expect, test } from "vitest";
import type { Failure } from "../../src/leases/index.ts";
import { SETTINGS, Simulation, type SimulationOptions } from "./simulation.ts";
import { ModelRefusal } from "./vault-model.ts";

const SECOND = 1000;
const HOUR = 3600 * SECOND;

const VAULT: SimulationOptions["vault"] = {
  leaseMs: HOUR,
  leaseMaxMs: 24 * HOUR,
  leaseRenewable: true,
  tokenMs: 24 * HOUR,
  tokenMaxMs: 24 * HOUR,
  tokenRenewable: true,
};

function failing(failure: Failure, settings: Partial<typeof SETTINGS>, fromMs = 0): Simulation {
  const outages = [{ fromMs, durationMs: 30 * 24 * HOUR, failure }];
  return new Simulation({ seed: 1, vault: VAULT, settings: { ...SETTINGS, ...settings }, outages });
}

describe("a start that does not succeed", () => {
  test("is given up after the time allowed, however long Vault is away", () => {
    const simulation = failing(
      { kind: "unavailable" },
      { startTimeoutMs: 90 * SECOND, giveUpWhenRefused: true },
    );
    simulation.run(HOUR);
    expect(simulation.ended).toBe("give-up");
    expect(simulation.now).toBe(90 * SECOND);
  });

  test("is given up at once, nearly, when Vault refuses", () => {
    const simulation = failing({ kind: "denied" }, { giveUpWhenRefused: true });
    simulation.run(HOUR);
    expect(simulation.ended).toBe("give-up");
    expect(simulation.count("login")).toBe(5);
    expect(simulation.now).toBeLessThan(30 * SECOND);
  });

  test.each([
    ["Vault refuses, but the pod wants it tried for ever", { kind: "denied" }, { giveUpWhenRefused: false }],
    ["Vault is away and there is no limit", { kind: "unavailable" }, { giveUpWhenRefused: true }],
    ["PostgreSQL is away", { kind: "failed" }, { giveUpWhenRefused: true }],
  ] as const)("is not given up when %s", (_name, failure, settings) => {
    const simulation = failing(failure, settings);
    simulation.run(12 * HOUR);
    expect(simulation.ended).toBeUndefined();
  });
});

describe("a running agent", () => {
  test("does not give up while what it shows still works", () => {
    const simulation = failing(
      { kind: "refused" },
      { giveUpWhenRefused: true, startTimeoutMs: 60 * SECOND },
      10 * SECOND,
    );
    simulation.run(0.99 * HOUR);
    expect(simulation.ended).toBeUndefined();
    expect(simulation.works()).toBe(true);
  });

  test("does not give up one secret's login for another secret that Vault refuses", () => {
    const settings = { ...SETTINGS, giveUpWhenRefused: true };
    const simulation = new Simulation({ seed: 1, vault: VAULT, settings, keys: ["good", "refused"] });
    simulation.run(60 * SECOND);
    simulation.vault.killLease(simulation.published.get("refused") ?? "", simulation.now);
    const read = simulation.vault.read.bind(simulation.vault);
    simulation.vault.read = (key, sessionId, now) => {
      if (key === "refused") throw new ModelRefusal({ kind: "refused" });
      return read(key, sessionId, now);
    };
    simulation.run(30 * HOUR);
    expect(simulation.ended).toBeUndefined();
    expect(simulation.vault.isAlive(simulation.published.get("good") ?? "", simulation.now)).toBe(true);
  });

  test("gives up when it is refused with nothing left that works", () => {
    const simulation = failing({ kind: "refused" }, { giveUpWhenRefused: true }, 10 * SECOND);
    simulation.run(3 * HOUR);
    expect(simulation.ended).toBe("give-up");
    expect(simulation.now).toBeGreaterThan(HOUR);
  });

  test("gives up when Vault refuses the login that has to follow a token that cannot be renewed", () => {
    const token = { tokenMs: HOUR, tokenMaxMs: HOUR, tokenRenewable: false };
    const vault = { ...VAULT, ...token, leaseMs: 24 * HOUR };
    const settings = { ...SETTINGS, giveUpWhenRefused: true };
    const simulation = new Simulation({ seed: 1, vault, settings });
    simulation.run(60 * SECOND);
    simulation.vault.login = () => {
      throw new ModelRefusal({ kind: "refused" });
    };
    simulation.run(2 * HOUR);
    expect(simulation.ended).toBe("give-up");
    expect(simulation.now).toBeGreaterThan(HOUR);
  });

  test("goes on for ever through an outage", () => {
    const simulation = failing(
      { kind: "unavailable" },
      { giveUpWhenRefused: true, startTimeoutMs: 60 * SECOND },
      10 * SECOND,
    );
    simulation.run(72 * HOUR);
    expect(simulation.ended).toBeUndefined();
  });
});
