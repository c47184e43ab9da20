import { setImmediate } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { defaultInjectionSettings } from "../../src/annotations/defaults.ts";
import { ClusterError } from "../../src/cluster/cluster-error.ts";
import type { ClusterFeatures } from "../../src/cluster/kubernetes.ts";
import { injectPod } from "../../src/injection/inject.ts";
import type { Pod } from "../../src/injection/pod.ts";
import { createAdmitter } from "../../src/webhook/admitter.ts";
import { clusterAdmitter } from "../../src/webhook/cluster-admitter.ts";
import { FakeClock } from "../cluster/fake-clock.ts";
import { podOf } from "../injection/pod-builder.ts";
import { reviewText } from "./workload-reviews.ts";

const NEWEST: ClusterFeatures = { nativeSidecar: true, envFromFile: true, restartInPlace: true };

/** A pod that only a cluster with `envFromFile` can run. */
const POD = podOf({
  "keycard.dev/inject": "true",
  "keycard.dev/role": "app",
  "keycard.dev/postgres-db": "database/creds/app",
  "keycard.dev/env-db": "PGUSER=username",
});

const REVIEW = Buffer.from(reviewText({ namespace: "shop", pod: POD }));
const NO_ANNOTATIONS = {};

async function admitterOf(features: () => Promise<ClusterFeatures>) {
  const clock = new FakeClock();
  const stop = new AbortController();
  const [problems, recovered]: [unknown[], unknown[]] = [[], []];
  const admit = await clusterAdmitter(
    {
      settings: defaultInjectionSettings(),
      askCluster: ["envFromFile", "nativeSidecar"],
      features,
      clock,
      admitterWith: (settings) =>
        createAdmitter({
          contextOf: () => NO_ANNOTATIONS,
          decide: (pod, { namespace }) =>
            injectPod(pod as unknown as Pod, { namespace, namespaceAnnotations: NO_ANNOTATIONS, settings }),
        }),
      onProblem: (error) => problems.push(error),
      onRecovered: (error) => recovered.push(error),
    },
    stop.signal,
  );
  const decide = () => admit(REVIEW).outcome.kind;
  return { clock, stop, problems, recovered, decide };
}

describe("an admitter in a cluster", () => {
  it("goes by what the cluster can do", async () => {
    expect((await admitterOf(async () => NEWEST)).decide()).toBe("injected");
    const old = await admitterOf(async () => ({ ...NEWEST, envFromFile: false }));
    expect(old.decide()).toBe("denied");
  });

  it("goes by what is usual while the cluster does not say, and asks until it does", async () => {
    const failure = new ClusterError("unavailable", "read the cluster's version");
    let answers = false;
    const { clock, problems, recovered, decide } = await admitterOf(async () => {
      if (!answers) throw failure;
      return NEWEST;
    });
    await clock.advance(20_000, 1);
    expect(decide()).toBe("denied");
    expect({ problems, recovered }).toEqual({ problems: [failure], recovered: [] });
    answers = true;
    await clock.advance(5000, 0);
    while (recovered.length === 0) await setImmediate();
    expect(decide()).toBe("injected");
    expect(recovered).toEqual([failure]);
  });

  it("asks no more when it is told to stop", async () => {
    let asked = 0;
    const { clock, stop } = await admitterOf(async () => {
      asked++;
      throw new Error("no");
    });
    await clock.asleep(1);
    stop.abort();
    await Promise.resolve();
    await clock.advance(0, 0);
    expect(asked).toBe(1);
  });
});
