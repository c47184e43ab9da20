import { describe, expect, test } from "vitest";
import { isSettled, isUsable } from "../../src/leases/index.ts";
import { SETTINGS, Simulation, type SimulationOptions } from "./simulation.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const VAULT: SimulationOptions["vault"] = {
  leaseMs: 10 * MINUTE,
  leaseMaxMs: 20 * MINUTE,
  leaseRenewable: true,
  tokenMs: 24 * HOUR,
  tokenMaxMs: 24 * HOUR,
  tokenRenewable: true,
};

function simulate(options: Partial<SimulationOptions>): Simulation {
  return new Simulation({ seed: 1, vault: VAULT, settings: SETTINGS, verify: "keep", ...options });
}

describe("a new login that PostgreSQL", () => {
  test("takes late, as a lagging replica does, is published once it works", () => {
    const simulation = simulate({
      checkLogin: (_key, _serial, now) => (now < 8 * SECOND ? "rejected" : "ok"),
    });
    simulation.run(7 * SECOND);
    expect(simulation.published.size).toBe(0);
    simulation.run(4 * SECOND);
    expect(simulation.works()).toBe(true);
    expect(simulation.vault.leases.size).toBe(1);
  });

  test("keeps refusing is thrown away and revoked, and the old one stays", () => {
    const simulation = simulate({ checkLogin: (_key, serial) => (serial === 1 ? "ok" : "rejected") });
    simulation.run(30 * MINUTE);
    const [first, second] = simulation.vault.leases.values();
    expect(simulation.published.get("database/creds/app")).toBe(first?.id);
    expect(second?.revokedAt).toBeDefined();
    expect(simulation.vault.alive(simulation.now).length).toBeLessThanOrEqual(2);
  });

  test("always refuses does not make more and more of them", () => {
    const simulation = simulate({ checkLogin: () => "rejected" });
    simulation.run(12 * HOUR);
    expect(simulation.published.size).toBe(0);
    expect(simulation.vault.leases.size).toBeLessThan((12 * HOUR) / (2 * MINUTE));
    expect(simulation.vault.alive(simulation.now).length).toBeLessThanOrEqual(1);
  });

  test("refuses is published all the same when the pod says so, after the bound", () => {
    const simulation = simulate({ verify: "publish", checkLogin: () => "rejected" });
    simulation.run(25 * SECOND);
    expect(simulation.published.size).toBe(0);
    simulation.run(10 * SECOND);
    expect(simulation.works()).toBe(true);
    expect(simulation.vault.leases.size).toBe(1);
  });

  test("cannot be asked about is kept, renewed, and published when PostgreSQL is back", () => {
    const down = (now: number): boolean => now > MINUTE && now < HOUR;
    const simulation = simulate({
      vault: { ...VAULT, leaseMaxMs: 2 * HOUR },
      checkLogin: (_key, _serial, now) => (down(now) ? "unreachable" : "ok"),
    });
    simulation.run(MINUTE + SECOND);
    simulation.vault.killLease(simulation.published.get("database/creds/app") ?? "", simulation.now);
    simulation.run(HOUR);
    expect(simulation.vault.leases.size).toBe(2);
    expect(simulation.works()).toBe(true);
  });
});

describe("a password that Vault changed", () => {
  test("and changed again before PostgreSQL took it is read anew", () => {
    const PERIOD = 5 * MINUTE;
    const versionAt = (now: number): number => Math.floor(now / PERIOD);
    const readAt = new Map<number, number>();
    const simulation = simulate({
      unleased: (_key, now) => {
        readAt.set(simulation.state.nextSerial - 1, versionAt(now));
        const nextRotationSeconds = Math.floor((PERIOD * (versionAt(now) + 1) - now) / SECOND);
        return { grant: { kind: "rotated", nextRotationSeconds }, version: String(versionAt(now)) };
      },
      // The second password never gets to this PostgreSQL.
      checkLogin: (_key, serial, now) =>
        readAt.get(serial) === versionAt(now) && versionAt(now) !== 1 ? "ok" : "rejected",
    });
    simulation.run(2 * PERIOD + MINUTE);
    expect(simulation.shownVersion.get("database/creds/app")).toBe("2");
    expect(simulation.count("read")).toBeLessThan(40);
  });
});

describe("a start from what an earlier process left", () => {
  const slotOf = ({ state }: Simulation) => state.slots[0];

  /** Whether it settles within a minute, with a second login waiting for PostgreSQL to be back. */
  function settles(firstHasEnded: boolean): boolean {
    const simulation = simulate({ checkLogin: (_key, serial) => (serial === 1 ? "ok" : "unreachable") });
    runUntil(simulation, () => slotOf(simulation)?.candidate !== undefined);
    if (firstHasEnded) {
      runUntil(simulation, () => !isUsable(simulation.state, slotOf(simulation)?.published));
    }
    simulation.restart();
    let settled = false;
    simulation.run(MINUTE, () => {
      settled ||= isSettled(simulation.state);
    });
    expect(slotOf(simulation)?.candidate?.serial).toBe(2);
    return settled;
  }

  function runUntil(simulation: Simulation, reached: () => boolean): void {
    while (!reached() && simulation.now < HOUR) simulation.run(SECOND);
    expect(reached()).toBe(true);
  }

  test("does not wait for the login check of a replacement while the old login works", () => {
    expect(settles(false)).toBe(true);
  });

  test("waits where nothing works", () => {
    expect(settles(true)).toBe(false);
  });
});

describe("files that cannot be written", () => {
  test("are tried again and again; old and new credential live meanwhile", () => {
    const full = (now: number): boolean => now > 5 * MINUTE && now < 50 * MINUTE;
    const simulation = simulate({ vault: { ...VAULT, leaseMaxMs: HOUR }, publishes: (now) => !full(now) });
    simulation.run(49 * MINUTE);
    const before = simulation.vault.alive(simulation.now).map(({ id }) => id);
    expect(simulation.works()).toBe(true);
    simulation.run(15 * MINUTE);
    expect(simulation.works()).toBe(true);
    expect(before.length).toBeLessThanOrEqual(2);
    expect(simulation.vault.leases.size).toBe(2);
  });
});
