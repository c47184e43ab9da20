import { X509Certificate } from "node:crypto";
import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { type CertifiedKey, createAuthority } from "../../src/certs/authority.ts";
import { certificatesIn } from "../../src/certs/bundle.ts";
import { authorityCertificates } from "../../src/certs/keeper.ts";
import type { CertificateSource } from "../../src/certs/source.ts";
import type { SecretStore } from "../../src/cluster/objects.ts";
import { FakeClock } from "../cluster/fake-clock.ts";
import { FakeCluster } from "../cluster/fake-cluster.ts";
import { fixedKeys } from "./fixed-keys.ts";
import { isTrusted } from "./trust.ts";

const HOUR = 3_600_000;
const HOSTS = ["keycard.keycard.svc", "10.0.0.1"];
const keys = await fixedKeys();

interface Replica {
  readonly source: CertificateSource;
  leads: boolean;
  /** Makes it the leader, and tells it. */
  elect(): void;
  readonly served: CertifiedKey[];
  readonly steps: string[];
  readonly problems: unknown[];
  readonly recovered: unknown[];
  serving(): CertifiedKey;
}

interface ReplicaOptions {
  readonly hosts?: readonly string[];
  readonly secret?: SecretStore;
  readonly lookMilliseconds?: number;
}

function replica(
  cluster: FakeCluster,
  clock: FakeClock,
  leads: boolean,
  options: ReplicaOptions = {},
): Replica {
  const served: CertifiedKey[] = [];
  const steps: string[] = [];
  const problems: unknown[] = [];
  const recovered: unknown[] = [];
  const listeners: (() => void)[] = [];
  const self: Replica = {
    leads,
    elect() {
      self.leads = true;
      for (const listener of listeners) listener();
    },
    served,
    steps,
    problems,
    recovered,
    source: authorityCertificates({
      secret: options.secret ?? cluster.secret,
      registration: cluster.registration,
      leadership: { isLeader: () => self.leads, onChange: (listener) => listeners.push(listener) },
      hosts: options.hosts ?? HOSTS,
      clock,
      lookMilliseconds: options.lookMilliseconds ?? 5000,
      keys,
      events: {
        onStep: (step) => steps.push(step),
        onPatched: () => {},
        onProblem: (error) => problems.push(error),
        onRecovered: (error) => recovered.push(error),
      },
    }),
    serving() {
      const last = served.at(-1);
      if (!last) throw new Error("nothing is served yet");
      return last;
    },
  };
  void self.source.start((next) => served.push(next)).then((first) => served.unshift(first));
  return self;
}

/** Whether a client that goes by the registration accepts what a replica serves, now. */
function accepts(cluster: FakeCluster, { certificate }: CertifiedKey, now: Date): boolean {
  return (cluster.caBundles.value ?? []).every((bundle) => isTrusted(certificate, bundle, now));
}

describe("certificates of our own authority", () => {
  it("are there at once on a new cluster, trusted by every webhook before they are served", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster(3);
    const leader = replica(cluster, clock, true);
    await clock.asleep(1);
    expect(leader.steps).toEqual(["create"]);
    expect(cluster.writes.slice(0, 2)).toEqual(["registration", "secret"]);
    expect(accepts(cluster, leader.serving(), clock.wall())).toBe(true);
    await leader.source.stop();
  });

  it("survive a restart: nothing is written, the same certificate is served", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    const before = replica(cluster, clock, true);
    await clock.asleep(1);
    await before.source.stop();
    const writes = cluster.writes.length;
    const after = replica(cluster, clock, true);
    await clock.asleep(1);
    expect(after.serving()).toEqual(before.serving());
    expect(cluster.writes).toHaveLength(writes);
    await after.source.stop();
  });

  it("are followed by replicas that do not lead, which write nothing", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    const follower = replica(cluster, clock, false);
    await clock.advance(30_000, 1);
    expect(follower.served).toEqual([]);
    expect(cluster.writes).toEqual([]);
    const leader = replica(cluster, clock, true);
    await clock.advance(5000, 2);
    await clock.asleep(2);
    expect(follower.serving()).toEqual(leader.serving());
    expect(follower.steps).toEqual([]);
    await Promise.all([leader.source.stop(), follower.source.stop()]);
  });

  it("are made as soon as a replica is elected", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    const elected = replica(cluster, clock, false);
    await clock.advance(200, 1);
    elected.elect();
    await clock.advance(0, 1);
    while (elected.served.length === 0) await setImmediate();
    expect(clock.monotonic()).toBe(new FakeClock().monotonic() + 200);
    expect(accepts(cluster, elected.serving(), clock.wall())).toBe(true);
    await elected.source.stop();
  });

  it("are looked for every second by a replica that has none, then every five", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    let reads = 0;
    const secret: SecretStore = {
      ...cluster.secret,
      read() {
        reads++;
        return cluster.secret.read();
      },
    };
    const follower = replica(cluster, clock, false, { secret });
    await clock.advance(10_000, 1);
    await clock.asleep(1);
    expect(reads).toBe(11);
    const leader = replica(cluster, clock, true);
    await clock.asleep(2);
    await clock.advance(1000, 2);
    await clock.asleep(2);
    expect(follower.serving()).toEqual(leader.serving());
    reads = 0;
    await clock.advance(20_000, 2);
    await clock.asleep(2);
    expect(reads).toBe(4);
    await Promise.all([leader.source.stop(), follower.source.stop()]);
  });

  it("stay valid and trusted through a year and a half, for leader and follower, and changes of leadership", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster(2);
    const looks = { lookMilliseconds: 2 * HOUR };
    const one = replica(cluster, clock, true, looks);
    await clock.asleep(1);
    const two = replica(cluster, clock, false, looks);
    await clock.asleep(2);
    const refused: string[] = [];
    for (let hour = 0; hour < 550 * 24; hour += 4) {
      await clock.advance(4 * HOUR, 2);
      for (const { serving } of [one, two]) {
        if (!accepts(cluster, serving(), clock.wall())) refused.push(clock.wall().toISOString());
      }
      if (hour % 1000 === 0) [one.leads, two.leads] = [two.leads, one.leads];
    }
    expect(refused).toEqual([]);
    const steps = [...one.steps, ...two.steps];
    const count = (name: string): number => steps.filter((step) => step === name).length;
    expect({
      create: count("create"),
      announce: count("announce"),
      switch: count("switch"),
      forget: count("forget"),
    }).toEqual({
      create: 1,
      announce: 2,
      switch: 2,
      forget: 2,
    });
    expect(count("renew")).toBeGreaterThan(100);
    expect(certificatesIn(cluster.caBundles.value?.[0] ?? "")).toHaveLength(1);
    expect([...one.problems, ...two.problems]).toEqual([]);
    await Promise.all([one.source.stop(), two.source.stop()]);
  }, 120_000);

  it("go on being served and renewed while the registration cannot be patched, and a new authority waits", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    const leader = replica(cluster, clock, true, { lookMilliseconds: 2 * HOUR });
    await clock.asleep(1);
    cluster.patchForbidden = true;
    await clock.advance(300 * 24 * HOUR, 1);
    expect(leader.steps).toContain("announce");
    expect(leader.steps).not.toContain("switch");
    expect(accepts(cluster, leader.serving(), clock.wall())).toBe(true);
    expect(leader.problems).toHaveLength(1);
    cluster.patchForbidden = false;
    await clock.advance(4 * HOUR, 1);
    await clock.asleep(1);
    expect(leader.steps).toContain("switch");
    expect(accepts(cluster, leader.serving(), clock.wall())).toBe(true);
    await leader.source.stop();
  });

  it("go on being served while the API is away, which is told once, and once when it is back", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    const leader = replica(cluster, clock, true);
    await clock.asleep(1);
    cluster.down = true;
    await clock.advance(HOUR, 1);
    expect(leader.problems).toHaveLength(1);
    expect(leader.recovered).toEqual([]);
    expect(accepts(cluster, leader.serving(), clock.wall())).toBe(true);
    cluster.down = false;
    await clock.advance(HOUR, 1);
    expect(leader.recovered).toEqual(leader.problems);
    await leader.source.stop();
  });

  it("are there even before the registration is, which then learns of them", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster(0);
    const leader = replica(cluster, clock, true);
    await clock.asleep(1);
    leader.serving();
    cluster.caBundles.put([""]);
    await clock.advance(5000, 1);
    await clock.asleep(1);
    expect(accepts(cluster, leader.serving(), clock.wall())).toBe(true);
    await leader.source.stop();
  });

  it.each([
    ["emptied by whoever applies its manifest again", ["", ""]],
    ["changed in one webhook only", ["nonsense"]],
  ])("are trusted again when the registration is %s", async (_, bundles) => {
    const clock = new FakeClock();
    const cluster = new FakeCluster(2);
    const leader = replica(cluster, clock, true);
    await clock.asleep(1);
    cluster.caBundles.put([...bundles, ...(cluster.caBundles.value ?? [])].slice(0, 2));
    await clock.advance(5000, 1);
    await clock.asleep(1);
    expect(accepts(cluster, leader.serving(), clock.wall())).toBe(true);
    await leader.source.stop();
  });

  it.each<[string, (cluster: FakeCluster) => void]>([
    ["deleted", ({ secretData }) => secretData.remove()],
    ["emptied", ({ secretData }) => secretData.put({})],
    ["spoilt", ({ secretData }) => secretData.put({ "tls.crt": "spoilt" })],
  ])("are all replaced, and accepted all the while, when the Secret is %s", async (_, spoil) => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    const leader = replica(cluster, clock, true);
    await clock.asleep(1);
    const follower = replica(cluster, clock, false);
    await clock.asleep(2);
    const before = { ...cluster.secretData.value };
    spoil(cluster);
    await clock.advance(5000, 2);
    await clock.asleep(2);
    expect(cluster.secretData.value).toMatchObject({
      "tls.crt": before["tls.crt"],
      "ca.crt": before["ca.crt"],
    });
    for (let second = 0; second < 120; second += 5) {
      await clock.advance(5000, 2);
      await clock.asleep(2);
      for (const { serving } of [leader, follower]) {
        expect(accepts(cluster, serving(), clock.wall())).toBe(true);
      }
    }
    expect(leader.steps).toEqual(["create", "announce", "switch"]);
    expect(cluster.secretData.value?.["tls.crt"]).not.toBe(before["tls.crt"]);
    expect(cluster.secretData.value?.["ca.crt"]).not.toBe(before["ca.crt"]);
    expect(follower.serving()).toEqual(leader.serving());
    await Promise.all([leader.source.stop(), follower.source.stop()]);
  });

  it("are replaced once, however long the lost Secret cannot be written", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    const leader = replica(cluster, clock, true);
    await clock.asleep(1);
    cluster.secretData.remove();
    cluster.createForbidden = true;
    await clock.advance(HOUR, 1);
    expect(leader.problems).toHaveLength(1);
    expect(accepts(cluster, leader.serving(), clock.wall())).toBe(true);
    cluster.secretData.put({});
    await clock.advance(120_000, 1);
    await clock.asleep(1);
    expect(leader.steps).toEqual(["create", "announce", "switch"]);
    expect(accepts(cluster, leader.serving(), clock.wall())).toBe(true);
    await leader.source.stop();
  });

  it("fill a Secret that was made empty beforehand", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    cluster.secretData.put({});
    const leader = replica(cluster, clock, true);
    await clock.asleep(1);
    expect(accepts(cluster, leader.serving(), clock.wall())).toBe(true);
    await leader.source.stop();
  });

  it("are issued anew when the hosts change", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    const before = replica(cluster, clock, true);
    await clock.asleep(1);
    await before.source.stop();
    const after = replica(cluster, clock, true, { hosts: ["other.svc"] });
    await clock.asleep(1);
    expect(after.steps).toEqual(["renew"]);
    expect(new X509Certificate(after.serving().certificate).checkHost("other.svc")).toBe("other.svc");
    await after.source.stop();
  });

  it("are issued once for hosts of which one is named twice", async () => {
    const clock = new FakeClock();
    const leader = replica(new FakeCluster(), clock, true, { hosts: ["a.svc", "b.svc", "a.svc"] });
    await clock.advance(60_000, 1);
    expect(leader.steps).toEqual(["create"]);
    await leader.source.stop();
  });

  it.each([
    ["serving certificate", "2026-01-06"],
    ["announced authority", "2026-10-01"],
  ])("are accepted soon after a clock was set right that was ahead when it made the %s", async (_, ahead) => {
    const cluster = new FakeCluster();
    for (const time of ["2026-01-01", ahead]) {
      const clock = new FakeClock(time);
      const before = replica(cluster, clock, true);
      await clock.asleep(1);
      await before.source.stop();
    }
    const clock = new FakeClock("2026-01-02");
    const leader = replica(cluster, clock, true);
    for (let minute = 0; minute < 5; minute++) {
      await clock.advance(60_000, 1);
      await clock.asleep(1);
      expect(accepts(cluster, leader.serving(), clock.wall())).toBe(true);
    }
    expect(leader.steps).toEqual(["renew"]);
    await leader.source.stop();
  });

  it("leave another injector's CA trusted for a day beside ours", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    const foreign = await createAuthority({ now: clock.wall(), lifetimeDays: 3650 }, keys);
    cluster.caBundles.put([foreign.certificate]);
    const leader = replica(cluster, clock, true, { lookMilliseconds: HOUR });
    await clock.asleep(1);
    expect(certificatesIn(cluster.caBundles.value?.[0] ?? "")).toContain(foreign.certificate);
    await clock.advance(25 * HOUR, 1);
    expect(certificatesIn(cluster.caBundles.value?.[0] ?? "")).not.toContain(foreign.certificate);
    expect(accepts(cluster, leader.serving(), clock.wall())).toBe(true);
    await leader.source.stop();
  });

  it("end up the same when two replicas act at once, as after a split election", async () => {
    const clock = new FakeClock();
    const cluster = new FakeCluster();
    const one = replica(cluster, clock, true);
    const two = replica(cluster, clock, true);
    await clock.advance(10_000, 2);
    await clock.asleep(2);
    expect(one.serving()).toEqual(two.serving());
    expect(accepts(cluster, one.serving(), clock.wall())).toBe(true);
    await Promise.all([one.source.stop(), two.source.stop()]);
  });
});
