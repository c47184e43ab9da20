import { describe, expect, it } from "vitest";
import { type Election, startElection } from "../../src/cluster/election.ts";
import { FakeClock } from "./fake-clock.ts";
import { FakeCluster } from "./fake-cluster.ts";

interface Candidate {
  readonly election: Election;
  readonly changes: boolean[];
  readonly problems: unknown[];
  readonly recovered: unknown[];
}

function candidate(identity: string, cluster: FakeCluster, clock: FakeClock): Candidate {
  const changes: boolean[] = [];
  const problems: unknown[] = [];
  const recovered: unknown[] = [];
  const election = startElection({
    lock: cluster.lock,
    identity,
    clock,
    onProblem: (error) => problems.push(error),
    onRecovered: (error) => recovered.push(error),
  });
  election.onChange(() => changes.push(election.isLeader()));
  return { election, changes, problems, recovered };
}

describe("an election", () => {
  it("has one leader, the first to take the lock", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    const one = candidate("one", cluster, clock);
    await clock.asleep(1);
    const two = candidate("two", cluster, clock);
    await clock.advance(60_000, 2);
    expect([one.election.isLeader(), two.election.isLeader()]).toEqual([true, false]);
    expect(cluster.lockRecord.value).toMatchObject({ holder: "one", transitions: 0 });
    await Promise.all([one.election.stop(), two.election.stop()]);
  });

  it("passes to another within a retry when the leader stops", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    const one = candidate("one", cluster, clock);
    await clock.asleep(1);
    const two = candidate("two", cluster, clock);
    await clock.asleep(2);
    await one.election.stop();
    expect(cluster.lockRecord.value?.holder).toBe("");
    await clock.advance(2000, 1);
    await clock.asleep(1);
    expect(two.election.isLeader()).toBe(true);
    expect(cluster.lockRecord.value).toMatchObject({ holder: "two", transitions: 1 });
    await two.election.stop();
  });

  it("is given up by a candidate that is stopped while it takes the lock", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    await candidate("one", cluster, clock).election.stop();
    expect(cluster.lockRecord.value?.holder).toBe("");
  });

  it("passes to another within fifteen seconds when the leader is gone without a word", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    const now = clock.wall();
    cluster.lockRecord.put({
      holder: "dead",
      durationSeconds: 10,
      acquiredAt: now,
      renewedAt: now,
      transitions: 4,
    });
    const two = candidate("two", cluster, clock);
    await clock.advance(10_000, 1);
    expect(two.election.isLeader()).toBe(false);
    await clock.advance(5000, 1);
    await clock.asleep(1);
    expect(two.election.isLeader()).toBe(true);
    expect(cluster.lockRecord.value?.transitions).toBe(5);
    await two.election.stop();
  });

  it("ends leadership before anyone may take over when the API cannot be reached", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    const one = candidate("one", cluster, clock);
    await clock.asleep(1);
    cluster.down = true;
    await clock.advance(6000, 1);
    expect(one.election.isLeader()).toBe(true);
    await clock.advance(2000, 1);
    expect(one.election.isLeader()).toBe(false);
    await clock.asleep(1);
    expect(one.changes).toEqual([true, false]);
    expect(one.problems).toHaveLength(1);
    cluster.down = false;
    await clock.advance(2000, 1);
    await clock.asleep(1);
    expect(one.election.isLeader()).toBe(true);
    expect(one.recovered).toEqual(one.problems);
    await one.election.stop();
  });

  it("never has two leaders, whatever the API does to either", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    const cut = new Set<string>();
    const lockOf = (name: string): FakeCluster["lock"] => {
      const check = (): void => {
        if (cut.has(name)) throw new Error("unreachable");
      };
      return {
        read: async () => {
          check();
          return cluster.lock.read();
        },
        create: async (record) => {
          check();
          await cluster.lock.create(record);
        },
        replace: async (record, version) => {
          check();
          await cluster.lock.replace(record, version);
        },
      };
    };
    const elections = ["one", "two", "three"].map((identity) =>
      startElection({ lock: lockOf(identity), identity, clock, onProblem: () => {}, onRecovered: () => {} }),
    );
    let seed = 7;
    const leaders = new Set<number>();
    for (let second = 0; second < 600; second++) {
      seed = (seed * 1_103_515_245 + 12_345) % 2 ** 31;
      const name = ["one", "two", "three"][seed % 3] ?? "one";
      if (seed % 5 === 0) cut.add(name);
      else if (seed % 5 < 3) cut.delete(name);
      await clock.advance(1000, 3);
      const leading = elections.map((election) => election.isLeader());
      expect(leading.filter(Boolean).length).toBeLessThanOrEqual(1);
      if (leading.includes(true)) leaders.add(leading.indexOf(true));
    }
    expect(leaders.size).toBeGreaterThan(1);
    await Promise.all(elections.map((election) => election.stop()));
  });
});
