import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { SETTINGS, Simulation, type SimulationOptions } from "./simulation.ts";
import type { VaultModelOptions } from "./vault-model.ts";

const SECOND = 1000;
const HOUR = 3600 * SECOND;
const DAY = 24 * HOUR;

const VAULT: VaultModelOptions = {
  leaseMs: HOUR,
  leaseMaxMs: DAY,
  leaseRenewable: true,
  tokenMs: HOUR,
  tokenMaxMs: 32 * DAY,
  tokenRenewable: true,
};

function simulate(vault: Partial<VaultModelOptions>, options: Partial<SimulationOptions> = {}): Simulation {
  return new Simulation({ seed: 1, vault: { ...VAULT, ...vault }, settings: SETTINGS, ...options });
}

/** Lets time pass, and says how often what is shown did not work once it had been there. */
function runCounting(simulation: Simulation, durationMs: number): { failures: number; mostAlive: number } {
  let shown = false;
  let failures = 0;
  let mostAlive = 0;
  simulation.run(durationMs, () => {
    const works = simulation.works();
    shown ||= works;
    if (shown && !works) failures++;
    mostAlive = Math.max(mostAlive, simulation.vault.alive(simulation.now).length);
  });
  return { failures, mostAlive };
}

describe("over simulated days, what is shown always works and little is asked of Vault", () => {
  const cases = [
    { name: "a lease of an hour, a day at most", vault: {}, days: 10, logins: 1, leases: [10, 12] },
    {
      name: "a token that ends every two hours",
      vault: { tokenMaxMs: 2 * HOUR },
      days: 2,
      logins: [24, 40],
      leases: [24, 40],
    },
    {
      name: "a token of ten minutes that cannot be renewed",
      vault: { tokenMs: 600 * SECOND, tokenMaxMs: 600 * SECOND, tokenRenewable: false },
      days: 1,
      logins: [144, 290],
      leases: [144, 290],
    },
    {
      name: "a lease of five seconds, twenty at most",
      vault: { leaseMs: 5 * SECOND, leaseMaxMs: 20 * SECOND },
      days: 0.05,
      logins: 1,
      leases: [216, 440],
    },
    {
      name: "a lease of five seconds that cannot be renewed",
      vault: { leaseMs: 5 * SECOND, leaseRenewable: false },
      days: 0.05,
      logins: 1,
      leases: [864, 1800],
    },
    {
      name: "a lease of two years",
      vault: { leaseMs: 730 * DAY, leaseMaxMs: 1460 * DAY },
      days: 30,
      logins: 1,
      leases: 1,
    },
    {
      name: "leases and tokens that end together",
      vault: { leaseMs: HOUR, leaseMaxMs: HOUR, tokenMaxMs: HOUR },
      days: 2,
      logins: [48, 100],
      leases: [48, 100],
    },
  ] as const;

  const between = (bounds: number | readonly [number, number]): readonly [number, number] =>
    typeof bounds === "number" ? [bounds, bounds] : bounds;

  test.each(cases)("$name", ({ vault, days, logins, leases }) => {
    const simulation = simulate(vault, { longestSleepMs: 60 * SECOND });
    const { failures, mostAlive } = runCounting(simulation, days * DAY);
    expect(failures).toBe(0);
    expect(mostAlive).toBeLessThanOrEqual(2);
    expect(simulation.vault.logins).toBeGreaterThanOrEqual(between(logins)[0]);
    expect(simulation.vault.logins).toBeLessThanOrEqual(between(logins)[1]);
    expect(simulation.vault.leases.size).toBeGreaterThanOrEqual(between(leases)[0]);
    expect(simulation.vault.leases.size).toBeLessThanOrEqual(between(leases)[1]);
  });
});

describe("rotation", () => {
  test("publishes the new credential first and revokes the old one after the grace period", () => {
    const simulation = simulate({ leaseMs: 600 * SECOND, leaseMaxMs: 1800 * SECOND });
    let publishedAt = 0;
    let first = "";
    simulation.run(HOUR, () => {
      const shown = simulation.published.get("database/creds/app") ?? "";
      first ||= shown;
      if (shown !== first && publishedAt === 0) publishedAt = simulation.now;
    });
    const old = simulation.vault.leases.get(first);
    expect(old?.revokedAt).toBeGreaterThanOrEqual(publishedAt + SETTINGS.graceMs);
    expect(old?.revokedAt).toBeLessThan(publishedAt + SETTINGS.graceMs + SECOND);
  });

  test("leaves the grace period to a credential that only some of its files showed", () => {
    const simulation = simulate(
      { leaseMs: 600 * SECOND, leaseMaxMs: 1800 * SECOND },
      { publishesHalf: (now) => now > 60 * SECOND },
    );
    const replacedAt = new Map<string, number>();
    let shown = "";
    simulation.run(3 * HOUR, () => {
      const now = simulation.published.get("database/creds/app") ?? "";
      if (now !== shown) replacedAt.set(shown, simulation.now);
      shown = now;
    });
    const graces = [...simulation.vault.leases.values()].flatMap(({ id, revokedAt }) =>
      revokedAt === undefined ? [] : [revokedAt - (replacedAt.get(id) ?? 0)],
    );
    expect(graces.length).toBeGreaterThan(3);
    expect(Math.min(...graces)).toBeGreaterThanOrEqual(SETTINGS.graceMs - SECOND);
  });

  test("goes on when policies forbid to revoke a lease: it ends by itself", () => {
    const simulation = simulate({ leaseMs: 600 * SECOND, leaseMaxMs: 1800 * SECOND });
    simulation.vault.forbidsRevocation = true;
    const { failures } = runCounting(simulation, DAY);
    expect(failures).toBe(0);
    expect(simulation.vault.calls.filter(({ kind }) => kind === "revoke-lease").length).toBeLessThan(90);
  });

  test("comes as well when a token's last renewal grants less than a second, which Vault tells as 0", () => {
    const simulation = simulate({ tokenMs: 2 * SECOND, tokenMaxMs: 10 * SECOND });
    simulation.run(600 * SECOND);
    expect(simulation.vault.logins).toBeGreaterThanOrEqual(60);
    expect(simulation.vault.logins).toBeLessThan(120);
  });

  test("waits while a login brings the same token again, as from a file, and then moves over to the new one", () => {
    let current: number | undefined;
    const simulation = simulate(
      { tokenMs: HOUR, tokenRenewable: false, leaseMs: HOUR },
      { sameToken: () => current },
    );
    simulation.run(60 * SECOND);
    current = 1;
    const { failures } = runCounting(simulation, 58 * 60 * SECOND);
    expect(failures).toBe(0);
    expect(simulation.vault.leases.size).toBe(1);
    expect(simulation.count("revoke-token")).toBe(0);
    expect(simulation.count("login")).toBeGreaterThan(3);
    expect(simulation.count("login")).toBeLessThan(60);
    current = undefined;
    expect(runCounting(simulation, 10 * 60 * SECOND).failures).toBe(0);
    expect(simulation.vault.leases.size).toBe(2);
  });

  test("keeps a token that the app reads until the new one is written, and for the grace period after that", () => {
    const settings = { ...SETTINGS, publishesToken: true };
    const away = { from: 90 * 60 * SECOND, to: 110 * 60 * SECOND };
    const simulation = simulate(
      { tokenMs: HOUR, tokenMaxMs: 2 * HOUR },
      { settings, keys: [], publishes: (now) => now < away.from || now >= away.to },
    );
    simulation.run(2 * HOUR - 60 * SECOND);
    const revoked = simulation.actions.find(({ action }) => action.kind === "revoke-token");
    expect(simulation.vault.logins).toBe(2);
    expect(revoked?.at).toBeGreaterThanOrEqual(away.to + settings.graceMs);
    expect(revoked?.at).toBeLessThan(away.to + settings.graceMs + 15 * SECOND);
  });

  test("moves every lease over before its token ends, and then revokes the token", () => {
    const keys = ["database/creds/a", "database/creds/b", "database/creds/c"];
    const simulation = simulate({ leaseMs: 8 * HOUR, tokenMaxMs: 3 * HOUR }, { keys });
    const { failures } = runCounting(simulation, 12 * HOUR);
    expect(failures).toBe(0);
    expect(simulation.count("revoke-token")).toBeGreaterThanOrEqual(3);
    const alive = simulation.vault.alive(simulation.now);
    expect(new Set(alive.map(({ key }) => key)).size).toBe(3);
  });
});

describe("several secrets", () => {
  test("each live on their own clock: a failing one is retried alone", () => {
    const keys = ["database/creds/good", "database/creds/bad"];
    const simulation = simulate({}, { keys });
    simulation.run(60 * SECOND);
    const before = simulation.vault.leases.size;
    const broken = [...simulation.vault.leases.values()].find(({ key }) => key === "database/creds/bad");
    simulation.vault.killLease(broken?.id ?? "", simulation.now);
    const read = simulation.vault.read.bind(simulation.vault);
    simulation.vault.read = (key, sessionId, now) => {
      if (key === "database/creds/bad") simulation.vault.renewToken(sessionId + 1000, 1, now);
      return read(key, sessionId, now);
    };
    simulation.run(20 * HOUR);
    expect(simulation.vault.leases.size).toBe(before);
    expect(
      simulation.vault.isAlive(simulation.published.get("database/creds/good") ?? "", simulation.now),
    ).toBe(true);
  });
});

describe("the end", () => {
  const ending = (simulation: Simulation): { leases: number; tokens: number } => {
    simulation.dispatch({ kind: "shutdown" });
    simulation.run(60 * SECOND);
    return { leases: simulation.vault.alive(simulation.now).length, tokens: simulation.vault.tokens.size };
  };

  test("leaves neither lease nor token, at whatever moment it comes", () => {
    const options = fc.record({
      seed: fc.integer(),
      after: fc.integer({ min: 0, max: 4 * HOUR }),
      leaseMs: fc.integer({ min: 5, max: 3600 }).map((seconds) => seconds * SECOND),
      tokenMaxMs: fc.integer({ min: 1, max: 8 }).map((hours) => hours * HOUR),
    });
    fc.assert(
      fc.property(options, ({ seed, after, leaseMs, tokenMaxMs }) => {
        const vault = { ...VAULT, leaseMs, leaseMaxMs: leaseMs * 4, tokenMaxMs };
        const simulation = new Simulation({
          seed,
          vault,
          settings: SETTINGS,
          keys: ["a", "b"],
          longestSleepMs: HOUR,
        });
        simulation.run(after % (leaseMs * 20));
        expect(ending(simulation)).toEqual({ leases: 0, tokens: 0 });
        expect(simulation.ended).toBe("exit");
      }),
      { numRuns: 60 },
    );
  });

  test("keeps what there is when nothing shall be revoked", () => {
    const simulation = simulate({}, { settings: { ...SETTINGS, revoke: false } });
    simulation.run(60 * SECOND);
    expect(ending(simulation)).toEqual({ leases: 1, tokens: 1 });
    expect(simulation.ended).toBe("exit");
  });

  test("takes leases back, but leaves a token alone that somebody else made", () => {
    const settings = { ...SETTINGS, ownsTokens: false };
    const simulation = simulate({ tokenMs: HOUR, tokenMaxMs: 2 * HOUR }, { settings });
    simulation.run(3 * HOUR);
    expect(simulation.count("revoke-token")).toBe(0);
    expect(ending(simulation)).toEqual({ leases: 0, tokens: simulation.vault.logins });
    expect(simulation.ended).toBe("exit");
    expect(simulation.count("revoke-token")).toBe(0);
  });

  test("does not wait for a Vault that is away longer than it may", () => {
    const simulation = simulate({}, { outages: [{ fromMs: 60 * SECOND, durationMs: HOUR }] });
    simulation.run(61 * SECOND);
    const from = simulation.now;
    simulation.dispatch({ kind: "shutdown" });
    simulation.run(HOUR);
    expect(simulation.ended).toBe("exit");
    expect(simulation.now - from).toBeLessThanOrEqual(SETTINGS.revokeTimeoutMs + SECOND);
  });
});
