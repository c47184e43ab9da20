import { describe, expect, it } from "vitest";
import { ClusterError } from "../../src/cluster/cluster-error.ts";
import type { EncodedOutcome } from "../../src/injection/outcome.ts";
import { createLogger, logAdmission, logProblem, logRecovered } from "../../src/webhook/log.ts";
import { plainLine } from "../../src/webhook/plain-lines.ts";
import type { ReviewHeader } from "../../src/webhook/review.ts";

const REVIEW: ReviewHeader = {
  apiVersion: "admission.k8s.io/v1",
  uid: "uid-1",
  namespace: "shop",
  podName: { generateName: "web-" },
};

function lineOf(outcome: EncodedOutcome): Record<string, unknown> {
  const lines: string[] = [];
  const log = createLogger("info", { write: (line) => lines.push(line) });
  logAdmission(log, { review: REVIEW, outcome }, 1.23456);
  expect(lines).toHaveLength(1);
  return JSON.parse(lines[0] ?? "") as Record<string, unknown>;
}

describe("the log line of an admission", () => {
  it("says what was injected where", () => {
    const summary = { engine: "native", mode: "init_and_sidecar", secrets: 2, containers: ["app"] } as const;
    expect(lineOf({ kind: "injected", encodedPatch: "", warnings: ["w"], summary })).toMatchObject({
      level: "info",
      event: "admission",
      decision: "injected",
      namespace: "shop",
      generateName: "web-",
      uid: "uid-1",
      ms: 1.235,
      engine: "native",
      secrets: 2,
      warnings: 1,
    });
  });

  it("warns of a refusal, with every reason", () => {
    const problems = [
      { annotation: "a/b", message: "is wrong" },
      { annotation: "a/c", message: "is missing" },
    ];
    expect(lineOf({ kind: "denied", problems, warnings: [] })).toMatchObject({
      level: "warn",
      decision: "denied",
      problems: 2,
      reason: "a/b: is wrong; a/c: is missing",
    });
  });

  it("says why a pod was left alone", () => {
    expect(lineOf({ kind: "skipped", reason: "already-injected", warnings: [] })).toMatchObject({
      level: "info",
      decision: "skipped",
      reason: "already-injected",
    });
  });
});

describe("secrets in log fields", () => {
  it.each(["token", "password", "privateKey", "authorization", "headers", "body", "pod", "patch"])(
    "are not written for %s",
    (field) => {
      let written = "";
      createLogger("info", { write: (line) => (written += line) }).info(
        { [field]: { x: "s3cret" } },
        "event",
      );
      expect(written).toContain("[redacted]");
      expect(written).not.toContain("s3cret");
    },
  );
});

describe("the log line of a problem", () => {
  const lineOfProblem = (error: unknown): Record<string, unknown> => {
    let written = "";
    logProblem(createLogger("info", { write: (line) => (written += line) }), "certificates", error);
    return JSON.parse(written);
  };

  it("says what failed and why, without a stack, when it was to be expected", () => {
    const line = lineOfProblem(
      new ClusterError("unavailable", "read a Secret", new Error(`refused ${"x".repeat(500)}`)),
    );
    expect(line).toMatchObject({
      level: "warn",
      event: "problem",
      part: "certificates",
      code: "KEYCARD_CLUSTER",
      kind: "unavailable",
    });
    expect(String(line["cause"])).toHaveLength(300);
    expect(JSON.stringify(line)).not.toContain(".ts");
  });

  it("says what it was when it is over", () => {
    let written = "";
    const log = createLogger("info", { write: (line) => (written += line) });
    logRecovered(log, "election", new ClusterError("forbidden", "read a Lease", new Error("HTTP 403")));
    expect(JSON.parse(written)).toEqual({
      level: "info",
      time: expect.any(String),
      event: "problem over",
      part: "election",
      code: "KEYCARD_CLUSTER",
      kind: "forbidden",
      reason: "Cannot read a Lease: the webhook's service account may not; check its Role and ClusterRole.",
    });
  });

  it("has the stack when it was not", () => {
    expect(lineOfProblem(new TypeError("oops"))).toMatchObject({ level: "error", err: { message: "oops" } });
  });
});

describe("plain log lines", () => {
  it("show time, level, event and fields", () => {
    const line = JSON.stringify({
      level: "warn",
      time: "T",
      namespace: "shop",
      reason: "two words",
      n: 1,
      event: "admission",
    });
    expect(plainLine(line)).toBe('T WARN  admission namespace=shop reason="two words" n=1');
  });
});
