import { describe, expect, it } from "vitest";
import { INJECTED, LIMITS, PATCH, reviewOf, runningServer } from "./running-server.ts";

const JSON_BODY = { method: "POST", headers: { "content-type": "application/json" } };
const POD = { metadata: { generateName: "web-" }, spec: { containers: [{ name: "app" }] } };

describe("an admission over HTTPS", () => {
  it.each(["admission.k8s.io/v1", "admission.k8s.io/v1beta1"])("is answered in %s", async (apiVersion) => {
    await using webhook = await runningServer(() => INJECTED);
    const reply = await webhook.review(reviewOf(POD, apiVersion));
    expect(reply.status).toBe(200);
    expect(reply.headers["content-type"]).toMatch(/^application\/json/);
    const review = reply.json() as { response: { patch: string } };
    expect(review).toMatchObject({
      kind: "AdmissionReview",
      apiVersion,
      response: { uid: "uid-1", allowed: true, patchType: "JSONPatch" },
    });
    expect(JSON.parse(Buffer.from(review.response.patch, "base64").toString())).toEqual(PATCH);
  });

  it.each(["application/json; charset=utf-8", "application/json;charset=UTF-8", "Application/JSON"])(
    "takes content type %s",
    async (type) => {
      await using webhook = await runningServer(() => INJECTED);
      const options = { method: "POST", headers: { "content-type": type } };
      expect((await webhook.send("/mutate", options, JSON.stringify(reviewOf(POD)))).status).toBe(200);
    },
  );

  it("hands the mutation the object untouched and the request's namespace", async () => {
    const seen: unknown[] = [];
    await using webhook = await runningServer((pod, { namespace }) => {
      seen.push(pod, namespace);
      return INJECTED;
    });
    await webhook.review(reviewOf(POD));
    expect(seen).toEqual([POD, "shop"]);
  });

  it("refuses the pod when the mutation itself fails, and logs why", async () => {
    await using webhook = await runningServer(() => {
      throw new Error("broken inside");
    });
    const reply = await webhook.review(reviewOf(POD));
    expect(reply.status).toBe(200);
    expect(reply.json()).toMatchObject({ response: { allowed: false, status: { code: 500 } } });
    expect(reply.text).not.toMatch(/broken inside|\.ts/);
    expect(webhook.lines.at(-1)).toMatchObject({
      level: "error",
      event: "admission",
      err: { message: "broken inside" },
    });
  });
});

describe("a request that is no admission", () => {
  it.each([
    ["a wrong method", 405, "/mutate", { method: "GET" }, undefined],
    [
      "a wrong method with a body of any type",
      405,
      "/mutate",
      { method: "PUT", headers: { "content-type": "text/plain" } },
      "x",
    ],
    [
      "a wrong content type",
      415,
      "/mutate",
      { method: "POST", headers: { "content-type": "text/plain" } },
      "{}",
    ],
    ["no content type", 415, "/mutate", { method: "POST" }, "{}"],
    [
      "a type that only begins like JSON",
      415,
      "/mutate",
      { method: "POST", headers: { "content-type": "application/jsonp" } },
      "{}",
    ],
    ["no body", 400, "/mutate", JSON_BODY, undefined],
    ["an empty body", 400, "/mutate", JSON_BODY, ""],
    ["no JSON", 400, "/mutate", JSON_BODY, "{"],
    ["JSON that is no object", 400, "/mutate", JSON_BODY, "null"],
    ["another kind", 400, "/mutate", JSON_BODY, '{"kind":"Pod","apiVersion":"v1"}'],
    ["no kind", 400, "/mutate", JSON_BODY, JSON.stringify({ ...reviewOf(POD), kind: undefined })],
    ["no version", 400, "/mutate", JSON_BODY, JSON.stringify({ ...reviewOf(POD), apiVersion: undefined })],
    [
      "another version",
      400,
      "/mutate",
      JSON_BODY,
      '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v2"}',
    ],
    [
      "no request",
      400,
      "/mutate",
      JSON_BODY,
      '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1"}',
    ],
    [
      "a uid that is no text",
      400,
      "/mutate",
      JSON_BODY,
      JSON.stringify({ ...reviewOf(POD), request: { uid: 1 } }),
    ],
    ["another path", 404, "/nowhere", JSON_BODY, "{}"],
    ["a path that only begins like the webhook's", 404, "/mutated", JSON_BODY, "{}"],
    ["a path below the webhook's", 404, "/mutate/", JSON_BODY, "{}"],
    ["a broken path", 400, "/%zz", JSON_BODY, "{}"],
  ])("with %s gets %i and a Kubernetes Status", async (_, status, path, options, body) => {
    await using webhook = await runningServer(() => INJECTED);
    const reply = await webhook.send(path, options, body);
    expect(reply.status).toBe(status);
    expect(reply.headers["content-type"]).toMatch(/^application\/json/);
    expect(reply.json()).toMatchObject({
      kind: "Status",
      code: status,
      message: expect.stringMatching(/\w/),
    });
    expect(reply.text).not.toMatch(/\.ts|\.js|node_modules/);
  });

  it("tells what it got, cut short, whole", async () => {
    await using webhook = await runningServer(() => INJECTED);
    const type = `text/${"x".repeat(200)}`;
    const reply = await webhook.send("/mutate", { method: "POST", headers: { "content-type": type } }, "{}");
    expect(reply.json()).toMatchObject({
      message: `Expected content type application/json, got ${type.slice(0, 120)}….`,
    });
  });

  it("tells which methods there are", async () => {
    await using webhook = await runningServer(() => INJECTED);
    expect((await webhook.send("/mutate", { method: "DELETE" })).headers["allow"]).toBe("POST");
  });

  it.each([
    [
      "known from its length",
      { ...JSON_BODY, headers: { ...JSON_BODY.headers, "content-length": LIMITS.bodyLimit + 1 } },
    ],
    [
      "found while reading",
      { ...JSON_BODY, headers: { ...JSON_BODY.headers, "transfer-encoding": "chunked" } },
    ],
  ])("gets 413 for a body too large, %s, and its connection closed", async (_, options) => {
    await using webhook = await runningServer(() => INJECTED);
    const reply = await webhook.send("/mutate", options, Buffer.alloc(LIMITS.bodyLimit + 1, " "));
    expect(reply.status).toBe(413);
    expect(reply.headers["connection"]).toBe("close");
  });

  it("takes a body of exactly the limit", async () => {
    await using webhook = await runningServer(() => INJECTED);
    const body = JSON.stringify(reviewOf(POD)).padEnd(LIMITS.bodyLimit, " ");
    expect((await webhook.send("/mutate", JSON_BODY, body)).status).toBe(200);
  });

  it("gets 504 when its body does not come within the API server's own timeout", async () => {
    await using webhook = await runningServer(() => INJECTED);
    const options = {
      ...JSON_BODY,
      headers: { ...JSON_BODY.headers, "content-length": 100, expect: "100-continue" },
    };
    const reply = await webhook.send("/mutate?timeout=50ms", { ...options, method: "POST" }, "{");
    expect(reply.status).toBe(504);
  });
});
