import { afterAll, beforeAll, describe, expect, test } from "vitest";
import {
  type Authority,
  type CertifiedKey,
  createAuthority,
  issueServingCertificate,
} from "../../src/certs/authority.ts";
import { writeDatabaseRole } from "../../src/dev/configure.ts";
import { type AgentParts, startAgentParts } from "../agent/agent-parts.ts";
import { type AgentPod, createAgentPod, watchLogins } from "../agent/agent-pod.ts";
import { type FaultyProxy, startFaultyProxy } from "./proxy.ts";

const DAY_MS = 86_400_000;

let parts: AgentParts;
let authority: Authority;
let good: CertifiedKey;
let expired: CertifiedKey;
/** When `expired` ended, as its log lines are to say it. */
let endedAt: string;

beforeAll(async () => {
  const now = new Date();
  const then = new Date(now.getTime() - 5 * DAY_MS);
  authority = await createAuthority({ now: then, lifetimeDays: 100 });
  const hosts = ["127.0.0.1"];
  good = await issueServingCertificate(authority, { now, lifetimeDays: 1, hosts });
  expired = await issueServingCertificate(authority, { now: then, lifetimeDays: 1, hosts });
  endedAt = new Date(then.getTime() + DAY_MS).toISOString().slice(0, 16);
  parts = await startAgentParts({ database: { defaultTtlSeconds: 10, maxTtlSeconds: 3600 } });
});

afterAll(() => parts?.stop());

function podBehind(proxy: FaultyProxy, config: Partial<AgentPod["config"]> = {}): Promise<AgentPod> {
  const vault = {
    address: proxy.address,
    namespace: "",
    tls: { skipVerify: false, caCertBytes: authority.certificate },
    proxyAddress: "",
    timeoutSeconds: 2,
  };
  return createAgentPod({ parts, config: { ...config, vault } });
}

describe("a certificate of Vault's that has expired", () => {
  test("while a pod runs: the login stays and works, and is renewed when the certificate is", async () => {
    await writeDatabaseRole(parts.root, { defaultTtlSeconds: 15, maxTtlSeconds: 3600 });
    await using proxy = await startFaultyProxy(parts.vault.address, good);
    await using pod = await podBehind(proxy);
    await pod.init();
    const before = pod.username();
    const watch = watchLogins(pod);
    const sidecar = pod.run();
    await sidecar.until("resumed");
    proxy.certify(expired);
    await sidecar.until("failed");
    const [failure] = sidecar.events("failed");
    expect(failure).toMatchObject({ operation: "renew-lease", reason: "tls" });
    for (const part of [proxy.address, "expired on", endedAt, "Renew Vault's certificate"]) {
      expect(failure?.["msg"]).toContain(part);
    }
    proxy.certify(good);
    await sidecar.until("lease-renewed");
    expect((await watch.stop()).failures).toEqual([]);
    expect(pod.username()).toBe(before);
    sidecar.process.kill("SIGTERM");
    expect(await sidecar.ended).toBe(0);
  });

  test("while a pod starts: the termination message says of what, since when, and what to do", async () => {
    await using proxy = await startFaultyProxy(parts.vault.address, expired);
    await using pod = await podBehind(proxy, { startTimeoutSeconds: 1 });
    expect(await pod.run("--once").ended).toBe(1);
    const message = pod.terminationMessage();
    for (const part of [proxy.address, "expired on", endedAt, "Renew Vault's certificate"]) {
      expect(message).toContain(part);
    }
    proxy.certify(good);
    await pod.init();
    await pod.connect();
  });
});
