import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { Failure } from "../../src/leases/index.ts";
import { type Outage, SETTINGS, Simulation } from "./simulation.ts";
import { ModelRefusal, type VaultModelOptions } from "./vault-model.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

const VAULT: VaultModelOptions = {
  leaseMs: 10 * MINUTE,
  leaseMaxMs: HOUR,
  leaseRenewable: true,
  tokenMs: HOUR,
  tokenMaxMs: 6 * HOUR,
  tokenRenewable: true,
};

/** Longest time from Vault's return to a working credential: the longest pause, and a few calls. */
const REPAIR_MS = 12 * SECOND;

/** Outages with at least a minute between them, of any kind that takes Vault away. */
const outages = fc
  .array(
    fc.record({
      gap: fc.integer({ min: MINUTE, max: 2 * HOUR }),
      durationMs: fc.integer({ min: 1, max: 40 * MINUTE }),
      failure: fc.constantFrom<Failure>(
        { kind: "unavailable" },
        { kind: "uncertain" },
        { kind: "unavailable", retryAfterSeconds: 3 },
      ),
    }),
    { maxLength: 8 },
  )
  .map((list): readonly Outage[] => {
    let at = 5 * MINUTE;
    return list.map(({ gap, durationMs, failure }) => {
      const fromMs = at + gap;
      at = fromMs + durationMs;
      return { fromMs, durationMs, failure };
    });
  });

const lives = fc.record({
  leaseMs: fc.integer({ min: 10, max: 1200 }).map((seconds) => seconds * SECOND),
  leaseLives: fc.integer({ min: 1, max: 8 }),
  leaseRenewable: fc.boolean(),
  tokenMs: fc.integer({ min: 30, max: 3600 }).map((seconds) => seconds * SECOND),
  tokenLives: fc.integer({ min: 1, max: 8 }),
  tokenRenewable: fc.boolean(),
});

function modelOptions(life: typeof lives extends fc.Arbitrary<infer T> ? T : never): VaultModelOptions {
  return {
    ...VAULT,
    ...life,
    leaseMaxMs: life.leaseMs * life.leaseLives,
    tokenMaxMs: life.tokenMs * life.tokenLives,
  };
}

describe("whatever outages there are", () => {
  test("what is shown works, unless Vault was away when it ended; and is repaired soon after Vault is back", () => {
    fc.assert(
      fc.property(fc.integer(), lives, outages, (seed, life, away) => {
        const simulation = new Simulation({
          seed,
          vault: modelOptions(life),
          settings: SETTINGS,
          outages: away,
          longestSleepMs: MINUTE,
        });
        let shown = false;
        simulation.run(6 * HOUR, () => {
          const works = simulation.works();
          shown ||= works;
          if (!shown || works) return;
          // Something may be broken while Vault is away and for a moment after: at no other time.
          const excused = away.some(
            ({ fromMs, durationMs }) =>
              simulation.now >= fromMs && simulation.now <= fromMs + durationMs + REPAIR_MS,
          );
          expect(excused, `nothing works at ${simulation.now}`).toBe(true);
        });
        expect(shown).toBe(true);
      }),
      { numRuns: 25 },
    );
  }, 30_000);

  test("an outage shorter than what is left of a lease goes unnoticed", () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.integer({ min: 1, max: 55 }),
        fc.integer({ min: 1, max: 150 }),
        (seed, at, seconds) => {
          // Renewals come after 60 to 74 % of ten minutes: 156 seconds are left at the least.
          const simulation = new Simulation({
            seed,
            vault: { ...VAULT, leaseMaxMs: 24 * HOUR },
            settings: SETTINGS,
            outages: [{ fromMs: at * MINUTE, durationMs: seconds * SECOND }],
          });
          let shown = false;
          simulation.run(HOUR, () => {
            if (shown) expect(simulation.works()).toBe(true);
            shown ||= simulation.works();
          });
          expect(simulation.vault.leases.size).toBe(1);
          expect(simulation.vault.logins).toBe(1);
        },
      ),
      { numRuns: 60 },
    );
  });

  test("the number of credentials stays within what their lives allow", () => {
    fc.assert(
      fc.property(fc.integer(), lives, outages, (seed, life, away) => {
        const vault = modelOptions(life);
        const simulation = new Simulation({
          seed,
          vault,
          settings: SETTINGS,
          outages: away,
          longestSleepMs: MINUTE,
        });
        let mostAlive = 0;
        simulation.run(6 * HOUR, () => {
          mostAlive = Math.max(mostAlive, simulation.vault.alive(simulation.now).length);
        });
        // Whatever comes to its end is replaced, at half of its life at the earliest.
        const leaseLife = vault.leaseRenewable ? vault.leaseMaxMs : vault.leaseMs;
        const tokenLife = vault.tokenRenewable ? vault.tokenMaxMs : vault.tokenMs;
        const replacements = 6 * HOUR * (2 / leaseLife + 2 / tokenLife);
        expect(simulation.vault.leases.size).toBeLessThanOrEqual(replacements + 2 * away.length + 2);
        expect(mostAlive).toBeLessThanOrEqual(4);
      }),
      { numRuns: 25 },
    );
  }, 30_000);
});

describe("a Vault that is away", () => {
  const away = (failure: Failure, seconds: number): Simulation =>
    new Simulation({
      seed: 7,
      vault: VAULT,
      settings: SETTINGS,
      outages: [{ fromMs: 0, durationMs: seconds * SECOND, failure }],
    });

  test("is asked one thing at a time, ever more seldom, at least every ten seconds", () => {
    const simulation = away({ kind: "unavailable" }, 600);
    simulation.run(600 * SECOND);
    const logins = simulation.actions.filter(({ action }) => action.kind === "login").map(({ at }) => at);
    expect(logins.length).toBeGreaterThan(60);
    expect(logins.length).toBeLessThan(220);
    const gaps = logins.slice(1).map((at, index) => at - (logins[index] ?? 0));
    expect(Math.max(...gaps)).toBeLessThan(11 * SECOND);
  });

  test.each([5, 30, 120])("is not asked again before the %i seconds it asked for", (seconds) => {
    const simulation = away({ kind: "unavailable", retryAfterSeconds: seconds }, 1);
    simulation.run(600 * SECOND);
    const [first = 0, second = 0] = simulation.actions
      .filter(({ action }) => action.kind === "login")
      .map(({ at }) => at);
    expect(second - first).toBeGreaterThanOrEqual(seconds * SECOND);
    expect(second - first).toBeLessThan(seconds * SECOND * 1.2 + SECOND);
  });
});

describe("a lease that is about to end", () => {
  /** How often what was shown did not work, in an hour. */
  function failures(simulation: Simulation): number {
    let count = 0;
    simulation.run(SECOND);
    simulation.run(HOUR, () => {
      if (!simulation.works()) count++;
    });
    return count;
  }

  const short = { ...VAULT, leaseMs: 12 * SECOND, leaseMaxMs: 24 * HOUR };

  test("is not lost to a renewal that is never answered, when the next one would be", () => {
    const swallowed = new Set<number>();
    const simulation: Simulation = new Simulation({
      seed: 11,
      vault: short,
      settings: SETTINGS,
      // The first renewal of every minute.
      swallows: (now) => {
        const minute = Math.floor(now / MINUTE);
        if (now < 5 * SECOND || swallowed.has(minute)) return false;
        swallowed.add(minute);
        return true;
      },
    });
    expect(failures(simulation)).toBe(0);
    expect(swallowed.size).toBeGreaterThan(55);
    expect(simulation.vault.leases.size).toBe(1);
  });

  test.each([60, 86_400])(
    "is renewed in time by a Vault that is back, though it asked for %i seconds",
    (retryAfterSeconds) => {
      // Renewals come when 16 seconds are left at the least; some fall into these.
      const away = Array.from({ length: 50 }, (_, minute) => ({
        fromMs: (minute + 1) * MINUTE,
        durationMs: 10 * SECOND,
        failure: { kind: "unavailable", retryAfterSeconds } as const,
      }));
      const vault = { ...short, leaseMs: 60 * SECOND };
      const simulation = new Simulation({ seed: 11, vault, settings: SETTINGS, outages: away });
      expect(failures(simulation)).toBe(0);
      expect(simulation.vault.leases.size).toBe(1);
    },
  );

  test("and just ended while Vault was away is replaced nearly at once when Vault is back", () => {
    for (let seed = 1; seed <= 40; seed++) {
      const end = 61 * SECOND;
      const vault = { ...short, leaseMs: 60 * SECOND };
      const outages = [{ fromMs: 20 * SECOND, durationMs: end - 20 * SECOND }];
      const simulation = new Simulation({ seed, vault, settings: SETTINGS, outages });
      simulation.run(end);
      expect(simulation.works()).toBe(false);
      simulation.run(SECOND);
      expect(simulation.works(), `with seed ${seed}`).toBe(true);
    }
  });

  test("does not wait for days where it was asked to, even if nothing is about to end", () => {
    const outages = [
      { fromMs: 0, durationMs: SECOND, failure: { kind: "unavailable", retryAfterSeconds: 1e9 } as const },
    ];
    const simulation = new Simulation({ seed: 11, vault: VAULT, settings: SETTINGS, outages });
    simulation.run(SETTINGS.maxBackoffMs * 1.2);
    expect(simulation.works()).toBe(true);
  });
});

describe("what somebody else does", () => {
  const running = (settings = SETTINGS, vault: Partial<VaultModelOptions> = {}): Simulation => {
    const simulation = new Simulation({ seed: 3, vault: { ...VAULT, ...vault }, settings });
    simulation.run(MINUTE);
    return simulation;
  };
  const untilWorks = (simulation: Simulation, limitMs: number): number => {
    const from = simulation.now;
    let repairedAt = Number.POSITIVE_INFINITY;
    simulation.run(limitMs, () => {
      if (simulation.works()) repairedAt = Math.min(repairedAt, simulation.now);
    });
    return repairedAt - from;
  };

  test("a revoked lease is noticed at the next renewal at the latest", () => {
    const simulation = running();
    simulation.vault.killLease(simulation.published.get("database/creds/app") ?? "", simulation.now);
    expect(untilWorks(simulation, VAULT.leaseMs)).toBeLessThan(VAULT.leaseMs * 0.74);
  });

  test("a revoked lease is noticed within the verify interval", () => {
    const simulation = running({ ...SETTINGS, verifyIntervalMs: 5 * SECOND });
    simulation.vault.killLease(simulation.published.get("database/creds/app") ?? "", simulation.now);
    expect(untilWorks(simulation, MINUTE)).toBeLessThan(6 * SECOND);
  });

  test("a look at a lease that is never answered does not keep it from being noticed", () => {
    const settings = { ...SETTINGS, verifyIntervalMs: 5 * SECOND };
    let swallowing = false;
    const simulation = new Simulation({ seed: 3, vault: VAULT, settings, swallows: () => swallowing });
    simulation.run(MINUTE);
    swallowing = true;
    simulation.run(6 * SECOND);
    swallowing = false;
    simulation.vault.killLease(simulation.published.get("database/creds/app") ?? "", simulation.now);
    expect(untilWorks(simulation, 2 * MINUTE)).toBeLessThan(20 * SECOND);
  });

  test("a revoked token leads to one new login and one new lease", () => {
    const simulation = running({ ...SETTINGS, verifyIntervalMs: 5 * SECOND });
    simulation.vault.killToken(1, simulation.now);
    expect(untilWorks(simulation, MINUTE)).toBeLessThan(6 * SECOND);
    expect({ logins: simulation.vault.logins, leases: simulation.vault.leases.size }).toEqual({
      logins: 2,
      leases: 2,
    });
  });

  test("a renewal that policies forbid: the lease is used to its end and replaced in time", () => {
    const simulation = running();
    const original = simulation.vault.renewLease.bind(simulation.vault);
    simulation.vault.renewLease = (id, sessionId, increment, now) => {
      original(id, sessionId + 1000, increment, now);
      throw new Error("a token that is not there was let through");
    };
    let failures = 0;
    simulation.run(3 * HOUR, () => {
      if (!simulation.works()) failures++;
    });
    expect(failures).toBe(0);
    expect(simulation.vault.logins).toBe(1);
    expect(simulation.count("check-token")).toBe(simulation.vault.leases.size - 1);
  });

  test("a renewal that fails for a while and then works makes no new credential", () => {
    const simulation = running();
    const original = simulation.vault.renewLease.bind(simulation.vault);
    simulation.vault.renewLease = (id, sessionId, increment, now) => {
      if (now < 7.5 * MINUTE) throw new ModelRefusal({ kind: "failed" });
      return original(id, sessionId, increment, now);
    };
    simulation.run(30 * MINUTE);
    expect(simulation.works()).toBe(true);
    expect(simulation.vault.leases.size).toBe(1);
  });

  test("a renewal that goes on failing leads to a new credential in time", () => {
    const simulation = running();
    simulation.vault.renewLease = () => {
      throw new ModelRefusal({ kind: "failed" });
    };
    let failures = 0;
    simulation.run(2 * HOUR, () => {
      if (!simulation.works()) failures++;
    });
    expect(failures).toBe(0);
    expect(simulation.vault.leases.size).toBeLessThan(20);
  });

  test("leases that keep being revoked are not replaced without end", () => {
    const simulation = running({ ...SETTINGS, verifyIntervalMs: SECOND });
    simulation.run(6 * HOUR, () => {
      for (const { id } of simulation.vault.alive(simulation.now)) {
        if (simulation.published.get("database/creds/app") === id)
          simulation.vault.killLease(id, simulation.now);
      }
    });
    // Each dies at once: the pauses grow to five minutes.
    expect(simulation.vault.leases.size).toBeLessThan(150);
    expect(simulation.vault.leases.size).toBeGreaterThan(50);
  });
});

describe("clocks and hosts", () => {
  const works = (simulation: Simulation, durationMs: number): boolean => {
    let always = true;
    simulation.run(durationMs, () => {
      always &&= simulation.works();
    });
    return always;
  };

  test("a host that slept for an hour: everything is repaired within seconds of waking", () => {
    const simulation = new Simulation({ seed: 5, vault: VAULT, settings: SETTINGS });
    simulation.run(20 * MINUTE);
    simulation.suspend(HOUR);
    simulation.run(20 * SECOND);
    expect(works(simulation, 2 * HOUR)).toBe(true);
    expect(simulation.vault.leases.size).toBeLessThan(8);
  });

  test.each([
    ["a year ahead", 365 * 24 * HOUR],
    ["an hour ahead", HOUR],
    ["an hour back", -HOUR],
    ["a year back", -365 * 24 * HOUR],
  ])("a clock that is set %s: nothing breaks, and no credential is made for it", (_name, byMs) => {
    const simulation = new Simulation({
      seed: 5,
      vault: { ...VAULT, leaseMaxMs: 24 * HOUR, tokenMaxMs: 24 * HOUR },
      settings: SETTINGS,
    });
    simulation.run(20 * MINUTE);
    simulation.wallSkewMs += byMs;
    expect(works(simulation, 2 * HOUR)).toBe(true);
    expect({ leases: simulation.vault.leases.size, logins: simulation.vault.logins }).toEqual({
      leases: 1,
      logins: 1,
    });
  });

  test("a clock that is set a day ahead hides no lease that goes on living from its end", () => {
    const vault = { ...VAULT, leaseMs: HOUR, tokenMs: HOUR, tokenMaxMs: HOUR, tokenRenewable: false };
    const simulation = new Simulation({ seed: 5, vault, settings: SETTINGS });
    simulation.run(20 * MINUTE);
    simulation.wallSkewMs += 24 * HOUR;
    simulation.run(5 * MINUTE);
    expect(simulation.vault.alive(simulation.now)).toHaveLength(1);
    simulation.dispatch({ kind: "shutdown" });
    simulation.run(MINUTE);
    expect(simulation.vault.alive(simulation.now)).toEqual([]);
    expect(simulation.vault.tokens.size).toBe(0);
  });

  test("an agent that is killed and started again at any moment goes on with what it had", () => {
    const kills = fc.array(fc.integer({ min: 20, max: 40 * MINUTE }), { minLength: 1, maxLength: 12 });
    fc.assert(
      fc.property(fc.integer(), kills, (seed, moments) => {
        const simulation = new Simulation({
          seed,
          vault: { ...VAULT, leaseMaxMs: 24 * HOUR, tokenMaxMs: 24 * HOUR },
          settings: SETTINGS,
        });
        simulation.run(MINUTE);
        for (const after of moments) {
          expect(works(simulation, after)).toBe(true);
          simulation.restart();
        }
        expect(works(simulation, HOUR)).toBe(true);
        expect({ leases: simulation.vault.leases.size, logins: simulation.vault.logins }).toEqual({
          leases: 1,
          logins: 1,
        });
      }),
      { numRuns: 60 },
    );
  });

  test("an agent that is started again after its clock went back renews everything at once", () => {
    const simulation = new Simulation({ seed: 5, vault: VAULT, settings: SETTINGS });
    simulation.run(MINUTE);
    simulation.wallSkewMs -= HOUR;
    simulation.restart();
    simulation.run(SECOND);
    expect(simulation.count("renew-lease")).toBe(1);
    expect(simulation.count("renew-token")).toBe(1);
  });
});
