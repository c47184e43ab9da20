import { connect } from "node:net";
import { afterEach, describe, expect, test, vi } from "vitest";
import {
  type HealthServer,
  type HealthSource,
  keepHealthServer,
  startHealthServer,
} from "../../src/agent/health-server.ts";
import { createLogger } from "../../src/agent/logger.ts";
import { createMetrics, type SecretGauge } from "../../src/agent/metrics.ts";

const started: HealthServer[] = [];

afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});

async function serving(source: Partial<HealthSource> = {}): Promise<HealthServer & { url: string }> {
  const whole = { isReady: () => true, secrets: () => [], ...source };
  const server = await startHealthServer({ host: "127.0.0.1", port: 0 }, whole, createMetrics());
  started.push(server);
  return { ...server, url: `http://127.0.0.1:${server.port}` };
}

function gauge(secret: string, usable: boolean): SecretGauge {
  return { secret, usable, expirySeconds: undefined };
}

async function get(
  url: string,
  method = "GET",
): Promise<{ status: number; type: string | null; body: string }> {
  const answer = await fetch(url, { method });
  return { status: answer.status, type: answer.headers.get("content-type"), body: await answer.text() };
}

describe("/healthz", () => {
  test("is well as long as there is an agent, ready or not", async () => {
    const { url } = await serving({ isReady: () => false });
    expect(await get(`${url}/healthz`)).toMatchObject({ status: 200, body: "ok\n" });
  });
});

describe("/readyz", () => {
  test("is 200 when everything works", async () => {
    const { url } = await serving();
    expect(await get(`${url}/readyz`)).toMatchObject({ status: 200, body: "ok\n" });
  });

  test("names what does not work, and only that", async () => {
    const secrets = [gauge("read a", true), gauge("read b", false), gauge("read c", false)];
    const { url } = await serving({ isReady: () => false, secrets: () => secrets });
    expect(await get(`${url}/readyz`)).toMatchObject({
      status: 503,
      body: "not usable: read b\nnot usable: read c\n",
    });
  });

  test("says so when everything works but is not published yet", async () => {
    const { url } = await serving({ isReady: () => false, secrets: () => [gauge("read a", true)] });
    expect(await get(`${url}/readyz`)).toMatchObject({ status: 503, body: "not published yet\n" });
  });
});

describe("/metrics", () => {
  test("is the metrics page, in Prometheus' own type", async () => {
    const { url } = await serving({ secrets: () => [gauge("read a", true)] });
    const { status, type, body } = await get(`${url}/metrics`);
    expect({ status, type }).toEqual({ status: 200, type: "text/plain; version=0.0.4; charset=utf-8" });
    expect(body).toContain('keycard_agent_secret_usable{secret="read a"} 1\n');
  });
});

describe("a request", () => {
  test("with a query is for the path before it", async () => {
    const { url } = await serving();
    expect((await get(`${url}/healthz?verbose`)).status).toBe(200);
  });

  test("for anything else is told what there is", async () => {
    const { url } = await serving();
    expect(await get(url)).toMatchObject({
      status: 404,
      body: "not found; try /healthz, /readyz or /metrics\n",
    });
  });

  test("by HEAD gets no body, and its length", async () => {
    const { url } = await serving();
    const answer = await fetch(`${url}/healthz`, { method: "HEAD" });
    expect([answer.status, answer.headers.get("content-length"), await answer.text()]).toEqual([
      200,
      "3",
      "",
    ]);
  });

  test.each(["POST", "PUT", "DELETE"])("by %s is refused", async (method) => {
    const { url } = await serving();
    expect((await get(`${url}/healthz`, method)).status).toBe(405);
  });
});

describe("the port", () => {
  test("that is taken is an error which says what to do", async () => {
    const { port } = await serving();
    const source = { isReady: () => true, secrets: () => [] };
    await expect(startHealthServer({ host: "127.0.0.1", port }, source, createMetrics())).rejects.toThrow(
      `The health port ${port} cannot be opened`,
    );
  });

  test("is free again once the server has stopped, whoever is still connected", async () => {
    const server = await serving();
    const idle = connect(server.port, "127.0.0.1");
    idle.on("error", () => undefined);
    await new Promise((resolve) => idle.once("connect", resolve));
    await server.stop();
    started.length = 0;
    const source = { isReady: () => true, secrets: () => [] };
    const next = await startHealthServer({ host: "127.0.0.1", port: server.port }, source, createMetrics());
    started.push(next);
    expect((await get(`http://127.0.0.1:${next.port}/healthz`)).status).toBe(200);
    idle.destroy();
  });
});

describe("a page whose port is taken", () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  test("is opened when the port is free, told of once, and keeps nobody waiting", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const other = await serving();
    const lines: string[] = [];
    const log = createLogger({ level: "info", base: {}, write: (line) => lines.push(line), now: () => 0 });
    const source = { isReady: () => true, secrets: () => [] };
    const kept = keepHealthServer({ host: "127.0.0.1", port: other.port }, source, createMetrics(), log);
    const page = (): Promise<number> =>
      fetch(`${other.url}/healthz`).then(
        ({ status }) => status,
        () => 0,
      );
    await vi.waitUntil(() => lines.length === 1);
    for (let turn = 0; turn < 3; turn++) await vi.advanceTimersByTimeAsync(10_000);
    await other.stop();
    expect(await page()).toBe(0);
    await vi.waitUntil(async () => {
      await vi.advanceTimersByTimeAsync(10_000);
      return (await page()) === 200;
    });
    expect(lines).toHaveLength(1);
    expect(lines[0]).toContain("keycard.dev/health-port");
    await kept.stop();
    expect(await page()).toBe(0);
  });

  test("is not opened any more once the agent has ended", async () => {
    const other = await serving();
    const source = { isReady: () => true, secrets: () => [] };
    const log = createLogger({ level: "error", base: {}, write: () => undefined, now: () => 0 });
    await keepHealthServer({ host: "127.0.0.1", port: other.port }, source, createMetrics(), log).stop();
    expect((await get(`${other.url}/healthz`)).status).toBe(200);
  });
});
