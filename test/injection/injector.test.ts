import fc from "fast-check";
import jsonPatch from "fast-json-patch";
import { describe, expect, it } from "vitest";
import { defaultInjectionSettings } from "../../src/annotations/defaults.ts";
import type { InjectionSettings } from "../../src/annotations/settings.ts";
import { injectPod } from "../../src/injection/inject.ts";
import { createInjector } from "../../src/injection/injector.ts";
import { STAND_IN } from "../../src/injection/likeness.ts";
import { type EncodedOutcome, encoded } from "../../src/injection/outcome.ts";
import type { Volume } from "../../src/injection/pod.ts";
import type { Admitted } from "../../src/injection/pod-part.ts";
import { EDITED_PLACES, EDITS, edited, NOISE, TOKENS, WORKLOADS } from "./admitted-pods.ts";
import { containerOf, podOf, TOKEN_MOUNT, TOKEN_VOLUME } from "./pod-builder.ts";

const settings: fc.Arbitrary<InjectionSettings> = fc
  .record({ nativeSidecar: fc.boolean(), engine: fc.constantFrom("native" as const, "vault-agent" as const) })
  .map((chosen) => ({ ...defaultInjectionSettings(), ...chosen }));

const noise = fc.subarray([...NOISE]);

/** Pods one after another: of one workload, each with at most two edits, and many with none. */
const sequences: fc.Arbitrary<readonly Admitted[]> = fc
  .record({
    workload: fc.constantFrom(...WORKLOADS),
    edits: fc.subarray([...EDITS], { maxLength: 1 }),
    pods: fc.array(
      fc.record({
        token: fc.constantFrom(...TOKENS, STAND_IN),
        edits: fc.oneof(fc.constant([]), fc.subarray([...EDITS], { minLength: 1, maxLength: 1 })),
        noise,
      }),
      { minLength: 2, maxLength: 40 },
    ),
  })
  .map(({ workload, edits, pods }) =>
    pods.map((each) => edited(workload(each.token), [...edits, ...each.edits, ...each.noise])),
  );

function alone({ pod, ...context }: Admitted, chosen: InjectionSettings): EncodedOutcome {
  return encoded(injectPod(pod, { ...context, settings: chosen }));
}

/** A plain pod, with further annotations and volumes. */
function admittedWith(
  token: string,
  annotations: Readonly<Record<string, string>> = {},
  volumes: readonly Volume[] = [],
): Admitted {
  const asked = { "vault.hashicorp.com/agent-inject": "true", "vault.hashicorp.com/role": "web" };
  const mount = { ...TOKEN_MOUNT, name: token };
  const pod = podOf(
    { ...asked, "vault.hashicorp.com/agent-inject-secret-a": "secret/a", ...annotations },
    {
      containers: [containerOf("app", { volumeMounts: [mount] })],
      volumes: [{ name: "data" }, { ...TOKEN_VOLUME, name: token }, ...volumes],
    },
  );
  return { namespace: "shop", namespaceAnnotations: {}, pod };
}

/** Expects an injector that sees the pods one after another to decide about each as if it had seen no other. */
function expectIndependence(pods: readonly Admitted[], chosen: InjectionSettings): void {
  const inject = createInjector(chosen);
  for (const admitted of pods) {
    const { pod, ...context } = admitted;
    expect(inject(pod, context)).toEqual(alone(admitted, chosen));
  }
}

describe("an injector", () => {
  it("decides about every pod as if it had seen no other", () => {
    fc.assert(
      fc.property(settings, sequences, (chosen, pods) => expectIndependence(pods, chosen)),
      { numRuns: 150 },
    );
  });

  it.each(EDITED_PLACES)("is not misled by a pod that differs only in %s", (_, edits) => {
    for (const engine of ["native", "vault-agent"] as const) {
      for (const workload of WORKLOADS) {
        const pods = edits.flatMap((edit) => [
          workload(TOKENS[0]),
          edited(workload(TOKENS[0]), [edit]),
          edited(workload(TOKENS[1]), [edit]),
          workload(TOKENS[1]),
        ]);
        expectIndependence(pods, { ...defaultInjectionSettings(), engine });
      }
    }
  });

  it("tells a token volume from another that a pod names and that is called as another pod's token volume", () => {
    const pods = TOKENS.map((token) =>
      admittedWith(token, { "vault.hashicorp.com/agent-service-account-token-volume-name": TOKENS[1] }, [
        {
          name: TOKENS[1],
          projected: { sources: [{ serviceAccountToken: { path: "another" } }] },
        },
      ]),
    );
    for (const engine of ["native", "vault-agent"] as const) {
      expectIndependence(pods, { ...defaultInjectionSettings(), engine });
    }
  });

  it("takes a pod that calls something by what stands for the token volume", () => {
    const named = { "vault.hashicorp.com/agent-inject-secret-a": `secret/${STAND_IN}` };
    expectIndependence(
      TOKENS.map((token) => admittedWith(token, named)),
      defaultInjectionSettings(),
    );
  });

  it("takes a pod that is nested deeper than it could follow", () => {
    const deep = JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`);
    const pods = TOKENS.map((token) => admittedWith(token, {}, [{ name: "deep", configMap: { deep } }]));
    const inject = createInjector(defaultInjectionSettings());
    expect(pods.map(({ pod, ...context }) => inject(pod, context).kind)).toEqual(pods.map(() => "injected"));
  });
});

describe("what an injector remembers", () => {
  it("serves all pods of a workload, each with the name of its own token volume", () => {
    const inject = createInjector(defaultInjectionSettings());
    const outcomes = TOKENS.flatMap((token) =>
      [[], NOISE].map((edits) => {
        const { pod, ...context } = edited(admittedWith(token), edits);
        const outcome = inject(pod, context);
        if (outcome.kind !== "injected") throw new Error(`it is ${outcome.kind}`);
        const patch = Buffer.from(outcome.encodedPatch, "base64").toString();
        expect([token, ...(patch.match(/kube-api-access-\w+/g) ?? [])]).toEqual([token, token, token]);
        return outcome;
      }),
    );
    // Made once for all of them.
    expect(new Set(outcomes.map(({ summary }) => summary)).size).toBe(1);
  });

  it("leaves alone the pods of a workload that come once more, after another webhook's change", () => {
    const chosen = defaultInjectionSettings();
    const pods = TOKENS.map((token) => {
      const { pod, ...context } = admittedWith(token);
      const outcome = injectPod(pod, { ...context, settings: chosen });
      const patch = outcome.kind === "injected" ? [...outcome.patch] : [];
      return { ...context, pod: jsonPatch.applyPatch(pod, patch, true, false).newDocument };
    });
    expectIndependence(pods, chosen);
    expect(pods.map((admitted) => alone(admitted, chosen))).toEqual(
      pods.map(() => ({ kind: "skipped", reason: "already-injected", warnings: [] })),
    );
  });

  it("serves nobody else", () => {
    const inject = createInjector(defaultInjectionSettings());
    const summaries = ["secret/a", "secret/b"].map((path) => {
      const { pod, ...context } = admittedWith(TOKENS[0], {
        "vault.hashicorp.com/agent-inject-secret-a": path,
      });
      const outcome = inject(pod, context);
      return outcome.kind === "injected" ? outcome.summary : undefined;
    });
    expect(summaries[0]).not.toBe(summaries[1]);
  });
});
