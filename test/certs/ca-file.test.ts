import { describe, expect, it } from "vitest";
import { createAuthority } from "../../src/certs/authority.ts";
import { certificatesIn } from "../../src/certs/bundle.ts";
import { registerCaFile } from "../../src/certs/ca-file.ts";
import { FakeClock } from "../cluster/fake-clock.ts";
import { FakeCluster } from "../cluster/fake-cluster.ts";

const { certificate } = await createAuthority({ now: new FakeClock().wall(), lifetimeDays: 3650 });

function registering(leads: boolean) {
  const clock = new FakeClock();
  const cluster = new FakeCluster(2);
  const end = new AbortController();
  const listeners: (() => void)[] = [];
  const problems: unknown[] = [];
  const recovered: unknown[] = [];
  const file = { text: certificate };
  let isLeader = leads;
  const ended = registerCaFile(
    {
      file: "/ca.crt",
      readFile: async () => file.text,
      registration: cluster.registration,
      leadership: { isLeader: () => isLeader, onChange: (listener) => listeners.push(listener) },
      clock,
      onPatched: () => {},
      onProblem: (error) => problems.push(error),
      onRecovered: (error) => recovered.push(error),
    },
    end.signal,
  );
  return {
    clock,
    cluster,
    file,
    problems,
    recovered,
    elect() {
      isLeader = true;
      for (const listener of listeners) listener();
    },
    async stop() {
      end.abort();
      await ended;
    },
  };
}

describe("a CA file", () => {
  it("is what every webhook of the registration trusts", async () => {
    const { clock, cluster, stop } = registering(true);
    await clock.asleep(1);
    for (const bundle of cluster.caBundles.value ?? []) expect(certificatesIn(bundle)).toEqual([certificate]);
    await stop();
  });

  it("is registered by the leader alone, as soon as it is elected", async () => {
    const { clock, cluster, elect, stop } = registering(false);
    await clock.advance(12_000, 1);
    expect(cluster.writes).toEqual([]);
    elect();
    await clock.advance(0, 1);
    await clock.asleep(1);
    expect(cluster.writes).toEqual(["registration"]);
    await stop();
  });

  it("that holds no certificate is told once, and once when it does", async () => {
    const { clock, cluster, file, problems, recovered, stop } = registering(true);
    await clock.asleep(1);
    file.text = "";
    await clock.advance(60_000, 1);
    expect(problems).toEqual([expect.objectContaining({ code: "KEYCARD_CA_FILE" })]);
    expect(cluster.writes).toEqual(["registration"]);
    file.text = certificate;
    await clock.advance(5000, 1);
    await clock.asleep(1);
    expect(recovered).toEqual(problems);
    await stop();
  });
});
