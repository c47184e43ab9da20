import { describe, expect, it } from "vitest";
import { areAlike, exampleOf, likenessOf, STAND_IN } from "../../src/injection/likeness.ts";
import type { Admitted } from "../../src/injection/pod-part.ts";
import { EDITED_PLACES, edited, NOISE, TOKENS, WORKLOADS } from "./admitted-pods.ts";

const [first, second] = TOKENS;

function alike(one: Admitted, other: Admitted): boolean {
  return areAlike(likenessOf(one), likenessOf(other));
}

function nested(depth: number): { readonly part: object; readonly token: undefined } {
  return { part: JSON.parse(`${"[".repeat(depth)}${"]".repeat(depth)}`), token: undefined };
}

describe("two pods", () => {
  it.each(WORKLOADS.slice(0, 7).map((workload) => [workload]))(
    "are alike with other names, labels, nodes, claims, images and token volumes (%#)",
    (workload) => {
      expect(alike(workload(first), edited(workload(second), NOISE))).toBe(true);
    },
  );

  it.each(EDITED_PLACES.filter(([place]) => place !== "pod.metadata.generateName"))(
    "are not alike with another %s",
    (_, edits) => {
      for (const workload of WORKLOADS) {
        for (const edit of edits) {
          const other = edited(workload(first), [edit]);
          if (JSON.stringify(other) === JSON.stringify(workload(first))) continue;
          expect([edit, alike(workload(first), other)]).toEqual([edit, false]);
          expect([edit, alike(other, workload(first))]).toEqual([edit, false]);
        }
      }
    },
  );

  it("are not alike when the token volume's name stands in other places", () => {
    const [workload] = WORKLOADS;
    const mount = { path: ["pod", "spec", "containers", "0", "volumeMounts", "0", "name"], value: first };
    expect(workload && alike(workload(first), edited(workload(second), [mount]))).toBe(false);
    expect(workload && alike(edited(workload(second), [mount]), workload(first))).toBe(false);
  });

  it("are not alike when they are nested so deeply that nobody would compare them", () => {
    expect(areAlike(nested(10), nested(10))).toBe(true);
    expect(areAlike(nested(1_000_000), nested(1_000_000))).toBe(false);
  });
});

describe("the example of a likeness", () => {
  it("is the deciding part with another name for the token volume", () => {
    for (const workload of WORKLOADS.slice(0, 7)) {
      const example = exampleOf(likenessOf(workload(first)));
      expect(example && alike(example.admitted, workload(STAND_IN))).toBe(true);
      expect(JSON.stringify(example)).not.toContain("kube-api-access-");
    }
  });

  it("is missing where such a name could mean another pod's token volume", () => {
    const [workload] = WORKLOADS;
    const role = { path: ["pod", "metadata", "annotations", "vault.hashicorp.com/role"], value: second };
    expect(workload && exampleOf(likenessOf(edited(workload(first), [role])))).toBeUndefined();
  });

  it("is missing where the name is a key, which no pod's token volume changes", () => {
    const [workload] = WORKLOADS;
    const annotated = (key: string) => ({ path: ["pod", "metadata", "annotations", key], value: "" });
    for (const key of [first, STAND_IN]) {
      expect(workload && exampleOf(likenessOf(edited(workload(first), [annotated(key)])))).toBeUndefined();
    }
  });

  it("is missing where it could not be written", () => {
    expect(exampleOf(nested(1_000_000))).toBeUndefined();
  });
});
