import fc from "fast-check";
import jsonPatch from "fast-json-patch";
import { describe, expect, it } from "vitest";
import { defaultInjectionSettings } from "../../src/annotations/defaults.ts";
import type { InjectionSettings } from "../../src/annotations/settings.ts";
import { injectPod } from "../../src/injection/inject.ts";
import { encoded } from "../../src/injection/outcome.ts";
import type { Pod } from "../../src/injection/pod.ts";
import { type Admit, createAdmitter, type Mutation } from "../../src/webhook/admitter.ts";
import { STAND_IN } from "../../src/webhook/remembered.ts";
import { decodeReview } from "../../src/webhook/review.ts";
import {
  type Admitted,
  EDITED_PLACES,
  EDITS,
  edited,
  NOISE,
  TOKENS,
  WORKLOADS,
} from "../injection/admitted-pods.ts";
import { reviewText, TIMES, UIDS } from "./workload-reviews.ts";

const [plain] = WORKLOADS;

/** One review, and what the cluster knew of its Namespace at that time. */
interface Seen {
  readonly admitted: Admitted;
  readonly uid: string;
  readonly time: string;
}

/** An admitter whose reviews each bring the annotations of their Namespace along, and how often it decided. */
function admitting(settings: InjectionSettings): {
  admit: (seen: Seen) => ReturnType<Admit>;
  decisions: () => number;
} {
  const contexts = new Map<string, object>();
  let current: Readonly<Record<string, string>> = {};
  let decisions = 0;
  const mutation: Mutation = {
    contextOf() {
      const key = JSON.stringify(current);
      const context = contexts.get(key) ?? current;
      contexts.set(key, context);
      return context;
    },
    decide(pod, { namespace, isUpdate }) {
      decisions++;
      const context = { namespace, isUpdate, namespaceAnnotations: current, settings };
      return injectPod(pod as unknown as Pod, context);
    },
  };
  const admit = createAdmitter(mutation);
  return {
    admit({ admitted, uid, time }) {
      current = admitted.namespaceAnnotations;
      return admit(Buffer.from(reviewText(admitted, uid, time)));
    },
    decisions: () => decisions,
  };
}

/** Expects every review to be admitted as if it had been the only one. */
function expectIndependence(reviews: readonly Seen[], settings: InjectionSettings): void {
  const { admit } = admitting(settings);
  for (const seen of reviews) {
    const {
      object = {},
      isUpdate,
      ...header
    } = decodeReview(Buffer.from(reviewText(seen.admitted, seen.uid, seen.time)));
    const { namespaceAnnotations } = seen.admitted;
    const context = { namespace: header.namespace, isUpdate, namespaceAnnotations, settings };
    const { review, outcome } = admit(seen);
    expect(outcome).toEqual(encoded(injectPod(object as unknown as Pod, context)));
    expect(review).toMatchObject(header);
  }
}

const seen = (admitted: Admitted, index = 0): Seen => ({
  admitted,
  uid: UIDS[index % UIDS.length] ?? "",
  time: TIMES[index % TIMES.length] ?? "",
});

/** Reviews one after another: of one workload, each with at most one edit, and many with none. */
const sequences: fc.Arbitrary<readonly Seen[]> = fc
  .record({
    workload: fc.constantFrom(...WORKLOADS),
    edits: fc.subarray([...EDITS], { maxLength: 1 }),
    pods: fc.array(
      fc.record({
        token: fc.constantFrom(...TOKENS, STAND_IN),
        edits: fc.oneof(fc.constant([]), fc.subarray([...EDITS, ...NOISE], { minLength: 1, maxLength: 1 })),
        uid: fc.constantFrom(...UIDS, "uid-1"),
        time: fc.constantFrom(...TIMES),
      }),
      { minLength: 2, maxLength: 20 },
    ),
  })
  .map(({ workload, edits, pods }) =>
    pods.map(({ token, uid, time, ...each }) => ({
      admitted: edited(workload(token), [...edits, ...each.edits]),
      uid,
      time,
    })),
  );

describe("an admitter", () => {
  it("admits every review as if it had seen no other", () => {
    const engines = fc.constantFrom("native" as const, "vault-agent" as const);
    fc.assert(
      fc.property(engines, fc.boolean(), sequences, (engine, nativeSidecar, reviews) =>
        expectIndependence(reviews, { ...defaultInjectionSettings(), engine, nativeSidecar }),
      ),
      { numRuns: 75 },
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
        expectIndependence(pods.map(seen), { ...defaultInjectionSettings(), engine });
      }
    }
  });

  it("decides no more about the pods of a workload from the third on, and gives each the name of its own token volume", () => {
    const { admit, decisions } = admitting(defaultInjectionSettings());
    admit(seen(plain(TOKENS[0])));
    expect(decisions()).toBe(1);
    admit(seen(plain(TOKENS[1])));
    const first = decisions();
    for (const [index, token] of TOKENS.entries()) {
      const { review, outcome } = admit(seen(plain(token), index));
      const patch = outcome.kind === "injected" ? Buffer.from(outcome.encodedPatch, "base64").toString() : "";
      expect(new Set(patch.match(/kube-api-access-\w+/g))).toEqual(new Set([token]));
      expect(review.uid).toBe(UIDS[index % UIDS.length]);
    }
    expect(decisions()).toBe(first);
  });

  it("decides anew when the annotations of the Namespace changed", () => {
    const { admit, decisions } = admitting(defaultInjectionSettings());
    for (const token of TOKENS) admit(seen(plain(token)));
    const first = decisions();
    admit(seen({ ...plain(TOKENS[1]), namespaceAnnotations: { "vault.hashicorp.com/role": "new" } }));
    expect(decisions()).toBeGreaterThan(first);
  });

  it("remembers nothing of a review that is larger than usual", () => {
    const { admit, decisions } = admitting(defaultInjectionSettings());
    const large = edited(plain(TOKENS[0]), [
      { path: ["pod", "metadata", "annotations", "large"], value: "x".repeat(70_000) },
    ]);
    admit(seen(large));
    admit(seen(large));
    expect(decisions()).toBe(2);
  });

  it("leaves alone the pods of a workload that come once more, after another webhook's change", () => {
    const settings = defaultInjectionSettings();
    const again = TOKENS.map((token) => {
      const admitted = plain(token);
      const outcome = injectPod(admitted.pod, { ...admitted, settings });
      const patch = outcome.kind === "injected" ? [...outcome.patch] : [];
      return seen({ ...admitted, pod: jsonPatch.applyPatch(admitted.pod, patch, true, false).newDocument });
    });
    expectIndependence(again, settings);
    const { admit } = admitting(settings);
    expect(again.map((each) => admit(each).outcome)).toEqual(
      again.map(() => expect.objectContaining({ kind: "skipped", reason: "already-injected" })),
    );
  });

  it("allows a review without an object: there is nothing to inject into", () => {
    const decide = (): never => {
      throw new Error("not to be called");
    };
    const admit = createAdmitter({ decide, contextOf: () => ({}) });
    const request = { uid: UIDS[0], namespace: "shop", operation: "DELETE", object: null };
    const review = { kind: "AdmissionReview", apiVersion: "admission.k8s.io/v1", request };
    expect(admit(Buffer.from(JSON.stringify(review))).outcome.kind).toBe("skipped");
  });
});
