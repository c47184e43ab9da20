import { once } from "node:events";
import { Agent, request } from "node:https";
import type { TLSSocket } from "node:tls";
import { expect, it } from "vitest";
import { createAuthority, issueServingCertificate } from "../../src/certs/authority.ts";
import { authorityCertificates } from "../../src/certs/keeper.ts";
import { FakeClock } from "../cluster/fake-clock.ts";
import { FakeCluster } from "../cluster/fake-cluster.ts";
import { INJECTED, type RunningServer, reviewOf, runningServer } from "../webhook/running-server.ts";
import { fixedKeys } from "./fixed-keys.ts";
import { isTrusted } from "./trust.ts";

const HOUR = 3_600_000;
const BODY = JSON.stringify(reviewOf({ spec: { containers: [{ name: "app" }] } }));
const keys = await fixedKeys();

interface Tally {
  answered: number;
  readonly handshakes: Set<string>;
  readonly failures: string[];
}

/** One admission as the API server makes it: it trusts what the registration says as it connects. */
async function admit(
  port: number,
  agent: Agent,
  cluster: FakeCluster,
  clock: FakeClock,
  tally: Tally,
): Promise<void> {
  const bundle = cluster.caBundles.value?.[0] ?? "";
  const sent = request({
    host: "127.0.0.1",
    port,
    path: "/mutate?timeout=10s",
    method: "POST",
    agent,
    // Time is the test's: the chain is judged below, at its time.
    rejectUnauthorized: false,
    headers: { "content-type": "application/json" },
  });
  sent.on("socket", (socket) => {
    if (!socket.connecting) return;
    socket.once("secureConnect", () => {
      const certificate = (socket as TLSSocket).getPeerX509Certificate()?.toString() ?? "";
      tally.handshakes.add(certificate);
      if (!isTrusted(certificate, bundle, clock.wall()))
        tally.failures.push(`not trusted at ${clock.wall().toISOString()}`);
    });
  });
  sent.end(BODY);
  try {
    const [response] = await once(sent, "response");
    let text = "";
    for await (const chunk of response.setEncoding("utf8")) text += chunk;
    if (response.statusCode === 200 && text.includes('"allowed":true')) tally.answered++;
    else tally.failures.push(`${response.statusCode} ${text}`);
  } catch (error) {
    tally.failures.push(String(error));
  }
}

async function replica(cluster: FakeCluster, clock: FakeClock, leads: boolean) {
  const webhook: RunningServer = await runningServer(() => INJECTED);
  const source = authorityCertificates({
    secret: cluster.secret,
    registration: cluster.registration,
    leadership: { isLeader: () => leads, onChange: () => {} },
    hosts: ["127.0.0.1"],
    clock,
    lookMilliseconds: 6 * HOUR,
    keys,
    events: { onStep: () => {}, onPatched: () => {}, onProblem: () => {}, onRecovered: () => {} },
  });
  const serve = ({ certificate, privateKey }: { certificate: string; privateKey: string }): void =>
    webhook.server.setTls({ cert: certificate, key: privateKey });
  void source.start(serve).then(serve);
  return { webhook, source };
}

it("fails no admission through three authorities and dozens of certificates, on two replicas under load", async () => {
  const clock = new FakeClock();
  const cluster = new FakeCluster();
  const one = await replica(cluster, clock, true);
  await clock.asleep(1);
  const two = await replica(cluster, clock, false);
  await clock.asleep(2);
  const tally: Tally = { answered: 0, handshakes: new Set(), failures: [] };
  const ended = new AbortController();
  const load = [one, two].flatMap(({ webhook }) =>
    [true, false].map(async (keepAlive) => {
      // A resumed session shows no certificate.
      const agent = new Agent({ keepAlive, maxSockets: 1, maxCachedSessions: 0 });
      while (!ended.signal.aborted) await admit(webhook.port, agent, cluster, clock, tally);
      agent.destroy();
    }),
  );
  const authorities = new Set<string>();
  for (let hours = 0; hours < 520 * 24; hours += 48) {
    const before = tally.answered + tally.failures.length;
    await clock.advance(48 * HOUR, 2);
    while (tally.answered + tally.failures.length < before + 2) await new Promise(setImmediate);
    authorities.add(cluster.secretData.value?.["ca.crt"] ?? "");
  }
  ended.abort();
  await Promise.all(load);
  expect(tally.failures).toEqual([]);
  expect(authorities.size).toBe(3);
  expect(tally.handshakes.size).toBeGreaterThan(50);
  await Promise.all([one.source.stop(), two.source.stop()]);
  await Promise.all([one.webhook[Symbol.asyncDispose](), two.webhook[Symbol.asyncDispose]()]);
}, 120_000);

it("keeps an open connection alive through a reload", async () => {
  await using webhook = await runningServer(() => INJECTED);
  const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
  const sockets = new Set<unknown>();
  const send = async (): Promise<number> => {
    const sent = request({ host: "127.0.0.1", port: webhook.port, path: "/health/live", agent });
    sent.on("socket", (socket) => sockets.add(socket));
    sent.end();
    const [response] = await once(sent, "response");
    response.resume();
    await once(response, "end");
    return response.statusCode;
  };
  expect(await send()).toBe(204);
  const validity = { now: new Date(), lifetimeDays: 1 };
  const next = await issueServingCertificate(await createAuthority(validity), {
    ...validity,
    hosts: ["127.0.0.1"],
  });
  webhook.server.setTls({ cert: next.certificate, key: next.privateKey });
  expect(await send()).toBe(204);
  expect(sockets.size).toBe(1);
  agent.destroy();
});
