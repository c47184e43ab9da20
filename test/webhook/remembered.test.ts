import { describe, expect, it } from "vitest";
import { encoded, type InjectionOutcome } from "../../src/injection/outcome.ts";
import { remember, STAND_IN } from "../../src/webhook/remembered.ts";

const [FIRST, SECOND] = ["kube-api-access-ab1cd", "kube-api-access-zz9zz"] as const;
const SUMMARY = { engine: "native", mode: "init_only", secrets: 1, containers: ["app"] } as const;

function injected(
  name: string,
  more: string = "",
  containers: readonly string[] = ["app"],
): InjectionOutcome {
  const value = { name, mountPath: "/ü/€", before: `😀${name}`, more };
  const patch = [{ op: "add", path: "/spec/containers/0/volumeMounts/-", value }] as const;
  return { kind: "injected", patch, warnings: [], summary: { ...SUMMARY, containers } };
}

const skipped = (warning: string): InjectionOutcome => ({
  kind: "skipped",
  reason: "already-injected",
  warnings: [warning],
});

describe("a remembered outcome", () => {
  it("has the name of each pod's token volume wherever its first had its own", () => {
    const remembered = remember(injected(FIRST), FIRST, injected(STAND_IN));
    for (const name of [SECOND, FIRST, SECOND]) {
      expect(remembered?.outcomeFor(name)).toEqual(encoded(injected(name)));
    }
  });

  it("is the same for pods without a token volume", () => {
    const outcome = injected("data");
    expect(remember(outcome, undefined, outcome)?.outcomeFor(undefined)).toEqual(encoded(outcome));
  });

  it("is the same for pods that are left alone", () => {
    const remembered = remember(skipped("w"), FIRST, skipped("w"));
    expect(remembered?.outcomeFor(SECOND)).toEqual(skipped("w"));
  });

  it.each([
    ["the patch depends on the name", injected(FIRST, "a"), injected(STAND_IN, "b")],
    [
      "the patch has what stands for the name by itself",
      injected(FIRST, STAND_IN),
      injected(STAND_IN, STAND_IN),
    ],
    ["a container has the name", injected(FIRST, "", [FIRST]), injected(STAND_IN, "", [STAND_IN])],
    ["only one is injected", injected(FIRST), skipped("w")],
    ["only one is left alone", skipped("w"), injected(STAND_IN)],
    ["a warning depends on the name", skipped(FIRST), skipped(STAND_IN)],
  ])("does not come of outcomes of which %s", (_, own, forStandIn) => {
    expect(remember(own, FIRST, forStandIn)).toBeUndefined();
  });
});
