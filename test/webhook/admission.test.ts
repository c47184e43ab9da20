import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type EncodedOutcome, encoded } from "../../src/injection/outcome.ts";
import { type Admission, answer, denialMessage } from "../../src/webhook/admission.ts";
import type { ReviewHeader } from "../../src/webhook/review.ts";

const REVIEW: ReviewHeader = {
  apiVersion: "admission.k8s.io/v1",
  uid: "uid-1",
  namespace: "shop",
  podName: { name: "web-1" },
};

function respond(outcome: Admission["outcome"]): Record<string, unknown> {
  const { response } = JSON.parse(answer({ review: REVIEW, outcome })) as {
    response: Record<string, unknown>;
  };
  return response;
}

const SUMMARY = { engine: "native", mode: "init_only", secrets: 1, containers: [] } as const;

describe("the answer to a review", () => {
  it("leaves a skipped pod alone", () => {
    expect(respond({ kind: "skipped", reason: "not-requested", warnings: [] })).toEqual({
      uid: "uid-1",
      allowed: true,
    });
  });

  it("carries the patch in base64, and what was done for the audit log", () => {
    const patch = [{ op: "add", path: "/metadata/labels", value: { a: "grün 😀 \ud800" } }] as const;
    const response = respond(encoded({ kind: "injected", patch, warnings: ["careful"], summary: SUMMARY }));
    expect(response).toMatchObject({
      allowed: true,
      patchType: "JSONPatch",
      warnings: ["careful"],
      auditAnnotations: { decision: "injected", engine: "native", mode: "init_only" },
    });
    expect(JSON.parse(Buffer.from(String(response["patch"]), "base64").toString())).toEqual(patch);
  });

  it("is ASCII, whatever it tells", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (uid, message) => {
        const problems = [{ annotation: "a/b", message }];
        const outcome: EncodedOutcome = { kind: "denied", problems, warnings: [message] };
        const text = answer({ review: { ...REVIEW, uid }, outcome });
        expect(text).toMatch(/^[\x20-\x7f]*$/);
        expect(JSON.parse(text).response).toMatchObject({ uid, status: { message: `a/b: ${message}` } });
      }),
    );
  });

  it.each([
    ["an annotation", [{ annotation: "a/b", message: "is wrong" }], 422, "Invalid"],
    ["the pod itself", [{ annotation: "", message: "is wrong" }], 400, "BadRequest"],
    [
      "a policy among others",
      [
        { annotation: "a/b", message: "is wrong" },
        { annotation: "a/c", message: "no", policy: "P" },
      ],
      403,
      "Forbidden",
    ],
  ])("refuses a pod for %s", (_, problems, code, reason) => {
    expect(respond({ kind: "denied", problems, warnings: ["w"] })).toMatchObject({
      allowed: false,
      status: { code, reason },
      warnings: ["w"],
      auditAnnotations: { decision: "denied", problems: String(problems.length) },
    });
  });

  it("names every problem and every policy", () => {
    expect(
      denialMessage([
        { annotation: "a/role", message: "is missing" },
        { annotation: "a/image", message: "not allowed", policy: "KEYCARD_POLICY_ALLOWED_IMAGES" },
        { annotation: "", message: "no containers" },
      ]),
    ).toBe("a/role: is missing; a/image: not allowed (policy KEYCARD_POLICY_ALLOWED_IMAGES); no containers");
  });

  it("keeps warnings short, few, and fit for an HTTP header, whatever they say", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: "binary", maxLength: 400 }), { maxLength: 60 }), (warnings) => {
        const told = (respond({ kind: "skipped", reason: "disabled", warnings })["warnings"] ??
          []) as string[];
        for (const line of told) {
          expect(Buffer.byteLength(line)).toBeLessThanOrEqual(256);
          expect(line).not.toMatch(/\p{Cc}/u);
          expect(line.isWellFormed()).toBe(true);
        }
        expect(told.reduce((sum, line) => sum + Buffer.byteLength(line), 0)).toBeLessThanOrEqual(4096);
        if (told.length < warnings.length) expect(told.at(-1)).toMatch(/^\d+ more warnings$/);
      }),
    );
  });

  it("echoes any uid exactly", () => {
    fc.assert(
      fc.property(fc.string({ unit: "grapheme" }), (uid) => {
        const outcome: EncodedOutcome = { kind: "skipped", reason: "disabled", warnings: [] };
        expect(JSON.parse(answer({ review: { ...REVIEW, uid }, outcome })).response.uid).toBe(uid);
      }),
    );
  });
});
