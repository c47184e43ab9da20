import { once } from "node:events";
import { request } from "node:https";
import { describe, expect, it } from "vitest";
import { INJECTED, reviewOf, runningServer } from "./running-server.ts";

const BODY = JSON.stringify(reviewOf({ spec: { containers: [] } }));

describe("health", () => {
  it("is told by status, with reasons", async () => {
    const problems: string[] = [];
    await using webhook = await runningServer(() => INJECTED, {
      health: { notReady: () => problems, notLive: () => [] },
    });
    expect((await webhook.send("/health/ready")).status).toBe(204);
    problems.push("no certificate");
    const reply = await webhook.send("/health/ready");
    expect(reply.status).toBe(503);
    expect(reply.json()).toEqual({ problems: ["no certificate"] });
    expect((await webhook.send("/health/live")).status).toBe(204);
  });

  it("answers HEAD, and no other method", async () => {
    await using webhook = await runningServer(() => INJECTED);
    expect((await webhook.send("/health/ready", { method: "HEAD" })).status).toBe(204);
    expect((await webhook.send("/health/ready", { method: "POST" })).status).toBe(405);
  });
});

describe("draining", () => {
  it("turns unready but goes on answering, each time asking for another connection", async () => {
    await using webhook = await runningServer(() => INJECTED);
    webhook.server.drain();
    expect((await webhook.send("/health/ready")).status).toBe(503);
    expect((await webhook.send("/health/live")).status).toBe(204);
    const reply = await webhook.review(reviewOf({ spec: { containers: [] } }));
    expect(reply.status).toBe(200);
    expect(reply.headers["connection"]).toBe("close");
  });

  it("finishes a request that is under way when the server closes", async () => {
    await using webhook = await runningServer(() => INJECTED);
    const sent = request({
      host: "127.0.0.1",
      port: webhook.port,
      path: "/mutate",
      method: "POST",
      rejectUnauthorized: false,
      headers: { "content-type": "application/json", "content-length": Buffer.byteLength(BODY) },
    });
    sent.write(BODY.slice(0, 10));
    await once(sent, "socket").then(([socket]) => once(socket, "secureConnect"));
    // The server has seen the request once it answers another one that came later.
    await webhook.send("/health/live");
    const closed = webhook.server.close(5000);
    sent.end(BODY.slice(10));
    const [response] = await once(sent, "response");
    response.resume();
    expect(response.statusCode).toBe(200);
    await closed;
  });

  it("gives up on a request that never ends", async () => {
    await using webhook = await runningServer(() => INJECTED);
    const sent = request({
      host: "127.0.0.1",
      port: webhook.port,
      path: "/mutate",
      method: "POST",
      rejectUnauthorized: false,
      headers: { "content-type": "application/json", "content-length": 1000 },
    });
    const failed = once(sent, "error").catch((error: unknown) => [error]);
    sent.write("{");
    await once(sent, "socket").then(([socket]) => once(socket, "secureConnect"));
    await webhook.send("/health/live");
    await webhook.server.close(20);
    expect((await failed)[0]).toMatchObject({ code: "ECONNRESET" });
  });
});
