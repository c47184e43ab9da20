import { describe, expect, it } from "vitest";
import { ClusterError } from "../../src/cluster/cluster-error.ts";
import { trouble } from "../../src/cluster/trouble.ts";

function started() {
  const told: string[] = [];
  const state = trouble({
    onProblem: (error) => told.push(`problem ${String(error)}`),
    onRecovered: (error) => told.push(`over ${String(error)}`),
  });
  return { ...state, told };
}

describe("trouble", () => {
  it("is told once however often it is met, and once when it is over", () => {
    const { failed, recovered, told } = started();
    recovered();
    for (let attempt = 0; attempt < 3; attempt++) failed(new Error("away"));
    for (let attempt = 0; attempt < 3; attempt++) recovered();
    expect(told).toEqual(["problem Error: away", "over Error: away"]);
  });

  it("is told again when it becomes another, or returns", () => {
    const { failed, recovered, told } = started();
    failed(new Error("away"));
    failed(new Error("forbidden"));
    recovered();
    failed(new Error("forbidden"));
    expect(told).toEqual([
      "problem Error: away",
      "problem Error: forbidden",
      "over Error: forbidden",
      "problem Error: forbidden",
    ]);
  });

  it("is not a lost race", () => {
    const { failed, told } = started();
    failed(new ClusterError("conflict", "replace a Secret"));
    expect(told).toEqual([]);
  });
});
