import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { RequestFault } from "../../src/webhook/faults.ts";
import { decodeReview, type Review } from "../../src/webhook/review.ts";
import { reviewOf } from "./running-server.ts";

const POD = { metadata: { name: "web" }, spec: { containers: [{ name: "app" }] } };

function decode(text: string): Review {
  return decodeReview(Buffer.from(text));
}

function faultOf(text: string): string {
  try {
    decode(text);
  } catch (error) {
    if (error instanceof RequestFault) return error.code;
    throw error;
  }
  return "none";
}

describe("decoding a review", () => {
  it("takes what matters and leaves the object as it came", () => {
    expect(decode(JSON.stringify(reviewOf(POD)))).toEqual({
      apiVersion: "admission.k8s.io/v1",
      uid: "uid-1",
      namespace: "shop",
      isUpdate: false,
      podName: { name: "web" },
      object: POD,
    });
  });

  it.each([
    ["without an object, as for a DELETE", { object: null }, { object: undefined }],
    ["without a namespace", { namespace: undefined }, { namespace: "" }],
    ["of a pod that is changed", { operation: "UPDATE" }, { isUpdate: true }],
    ["with the request's name", { name: "web-1" }, { podName: { name: "web-1" } }],
    [
      "with the pod's own name",
      { object: { metadata: { name: "web-2", generateName: "web-" } } },
      { podName: { name: "web-2" } },
    ],
    [
      "with what the name will begin with",
      { object: { metadata: { generateName: "web-" } } },
      { podName: { generateName: "web-" } },
    ],
    ["of a pod without a name", { object: "pod" }, { podName: { name: "" } }],
  ])("takes one %s", (_, change, expected) => {
    const review = reviewOf(POD);
    const request = { ...(review["request"] as object), ...change };
    expect(decode(JSON.stringify({ ...review, request }))).toMatchObject(expected);
  });

  it.each([
    [
      "an own key __proto__",
      `{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"","__proto__":{}}}`,
    ],
    [
      "__proto__ deep in the pod",
      JSON.stringify(reviewOf({ a: [{ b: "X" }] })).replace('"b"', '"__proto__"'),
    ],
    [
      "__proto__ spelt with escapes",
      JSON.stringify(reviewOf({ b: 1 })).replace('"b"', '"\\u005f_proto\\u005f_"'),
    ],
  ])("refuses %s", (_, text) => {
    expect(faultOf(text)).toBe("KEYCARD_PROTOTYPE_KEY");
  });

  it("takes __proto__, constructor and toString where they are only values or ordinary keys", () => {
    const pod = {
      metadata: { labels: { constructor: "x", toString: "y" }, annotations: { t: "__proto__ \u0000" } },
    };
    expect(decode(JSON.stringify(reviewOf(pod))).object).toEqual(pod);
  });

  it("takes the last of duplicate keys, as JSON readers do", () => {
    const text = JSON.stringify(reviewOf(POD)).replace('"uid-1"', '"first","uid":"second"');
    expect(decode(text).uid).toBe("second");
  });

  it.each([
    ["lists", "[", "]"],
    ["objects", '{"a":', "}"],
  ])("answers %s nested a million deep without overflowing", (_, open, close) => {
    const deep = `${open.repeat(1_000_000)}1${close.repeat(1_000_000)}`;
    const text = JSON.stringify(reviewOf("DEEP")).replace('"DEEP"', deep);
    expect(faultOf(text.replace('"uid-1"', '"\\u0041"'))).toMatch(/none|KEYCARD_BODY_NOT_JSON/);
  });

  it("never throws anything but a fault, whatever the bytes", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), (bytes) => {
        expect(() => decodeReview(Buffer.from(bytes))).toThrow(RequestFault);
      }),
    );
  });

  it("never throws anything but a fault, whatever the JSON around and inside a review", () => {
    const part = fc.jsonValue({ maxDepth: 4 });
    const review = fc.record(
      {
        kind: fc.oneof(fc.constant("AdmissionReview"), part),
        apiVersion: fc.oneof(fc.constant("admission.k8s.io/v1"), part),
        request: fc.oneof(
          fc.record({ uid: fc.oneof(fc.string(), part), object: part }, { requiredKeys: [] }),
          part,
        ),
      },
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(fc.oneof(review, part), (document) => {
        const code = faultOf(JSON.stringify(document));
        expect(code).toMatch(/^(none|KEYCARD_\w+)$/);
      }),
      { numRuns: 500 },
    );
  });

  it("never throws anything but a fault when a true review is damaged anywhere", () => {
    const text = JSON.stringify(reviewOf(POD));
    fc.assert(
      fc.property(fc.nat(text.length - 1), fc.nat(40), fc.string({ maxLength: 8 }), (at, length, put) => {
        expect(faultOf(text.slice(0, at) + put + text.slice(at + length))).toMatch(/^(none|KEYCARD_\w+)$/);
      }),
      { numRuns: 500 },
    );
  });
});
