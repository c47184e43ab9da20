import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { writeDatabaseRole } from "../../src/dev/configure.ts";
import { freePort } from "../../src/dev/server-process.ts";
import { type AgentParts, startAgentParts } from "../agent/agent-parts.ts";
import { type AgentPod, type AgentPodOptions, createAgentPod, watchLogins } from "../agent/agent-pod.ts";
import { errors, type Fault, type FaultyProxy, startFaultyProxy } from "./proxy.ts";

let parts: AgentParts;
let proxy: FaultyProxy;

beforeAll(async () => {
  parts = await startAgentParts();
  proxy = await startFaultyProxy(parts.vault.address);
});

afterAll(async () => {
  await proxy?.[Symbol.asyncDispose]();
  await parts?.stop();
});

beforeEach(() => proxy.fault(undefined));

const seconds = (count: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, count * 1000));

function throughProxy(config: AgentPodOptions["config"] = {}): Promise<AgentPod> {
  return createAgentPod({ parts, vaultAddress: proxy.address, config });
}

/** Everything that takes Vault away, as its clients see it. */
const AWAY: readonly (readonly [string, Fault])[] = [
  ["closes connections", { kind: "reset", when: "before" }],
  ["closes connections after it has done its work", { kind: "reset", when: "after" }],
  ["never answers", { kind: "silence" }],
  ["is sealed", { kind: "answer", status: 503, body: errors("Vault is sealed") }],
  ["is a standby without a leader", { kind: "answer", status: 473, body: "" }],
  ["is behind a broken gateway", { kind: "answer", status: 502, body: "<html>Bad Gateway</html>" }],
  ["lags behind", { kind: "answer", status: 412, body: errors("required index state not present") }],
  [
    "is too busy",
    { kind: "answer", status: 429, body: errors("request limit exceeded"), headers: { "retry-after": "1" } },
  ],
  ["answers garbage", { kind: "answer", status: 200, body: "\u0000not json" }],
];

/** Lets a fault span the renewals of a lease of ten seconds, which has three left when it ends. */
async function duringRenewal(
  fault: Fault,
  check: (pod: AgentPod, before: string, role: string) => Promise<void>,
): Promise<void> {
  await using own = await startFaultyProxy(parts.vault.address);
  const role = `short-${Math.random().toString(36).slice(2)}`;
  await writeDatabaseRole(parts.root, { name: role, defaultTtlSeconds: 10, maxTtlSeconds: 3600 });
  const path = `database/creds/${role}`;
  await using pod = await createAgentPod({ parts, vaultAddress: own.address, path });
  await pod.init();
  const sidecar = pod.run();
  await sidecar.until("resumed");
  const before = pod.username();
  const watch = watchLogins(pod);
  await seconds(4.5);
  own.fault(fault);
  await seconds(3);
  own.fault(undefined);
  await sidecar.until("lease-renewed");
  await seconds(4);
  expect((await watch.stop()).failures).toEqual([]);
  await check(pod, before, role);
}

describe("a Vault that for less than what is left of the lease", () => {
  test.concurrent.each(AWAY)("%s: no login fails, nothing new is made", async (_name, fault) => {
    await duringRenewal(fault, async (pod, before, role) => {
      expect(pod.username()).toBe(before);
      expect(await parts.leases(role)).toHaveLength(1);
    });
  });

  test("fails at everything: no login fails, and at most one new one is made", async () => {
    const fault: Fault = { kind: "answer", status: 500, body: errors("internal error") };
    const roles = parts.rolesCreated();
    await duringRenewal(fault, async (pod, _before, role) => {
      expect(await parts.leases(role)).toHaveLength(1);
      expect(await parts.roles()).toContain(pod.username());
      expect(parts.rolesCreated() - roles).toBeLessThanOrEqual(2);
    });
  });
});

describe("a Vault that is away for longer than the lease", () => {
  test("the files stay, and the first success repairs everything", async () => {
    await writeDatabaseRole(parts.root, { defaultTtlSeconds: 3, maxTtlSeconds: 3600 });
    await using pod = await throughProxy();
    await pod.init();
    const sidecar = pod.run();
    await sidecar.until("lease-renewed");
    const before = pod.username();
    proxy.fault({ kind: "answer", status: 503, body: errors("Vault is sealed") });
    await seconds(6);
    expect(pod.username()).toBe(before);
    expect(sidecar.process.exitCode).toBeNull();
    const askedBefore = proxy.requests.length;
    proxy.fault(undefined);
    await sidecar.until("secret-rotated");
    const first = proxy.requests[askedBefore]?.at ?? 0;
    expect(Date.now() - first).toBeLessThan(2000);
    await pod.connect();
    expect(pod.username()).not.toBe(before);
  });

  test("the health page says so, and says when it is over", async () => {
    await writeDatabaseRole(parts.root, { defaultTtlSeconds: 2, maxTtlSeconds: 3600 });
    const healthPort = await freePort();
    await using pod = await throughProxy({ healthPort });
    await pod.init();
    const sidecar = pod.run();
    await sidecar.until("lease-renewed");
    const page = async (path: string): Promise<{ status: number; text: string }> => {
      const answer = await fetch(`http://127.0.0.1:${healthPort}${path}`);
      return { status: answer.status, text: await answer.text() };
    };
    expect((await page("/readyz")).status).toBe(200);
    proxy.fault({ kind: "reset", when: "before" });
    await seconds(3.5);
    expect((await page("/readyz")).text).toContain("database/creds/app-role");
    expect((await page("/healthz")).status).toBe(200);
    expect((await page("/metrics")).text).toMatch(
      /failures_total\{operation="renew-lease",reason="unreachable"\} \d/,
    );
    proxy.fault(undefined);
    await sidecar.until("secret-rotated");
    expect((await page("/readyz")).status).toBe(200);
    expect((await page("/metrics")).text).toContain('secret_usable{secret="read database/creds/app-role"} 1');
  });
});

describe("a renewal that is forbidden", () => {
  test("leaves the credential in use and replaces it in time", async () => {
    await writeDatabaseRole(parts.root, { defaultTtlSeconds: 6, maxTtlSeconds: 3600 });
    await using pod = await throughProxy();
    await pod.init();
    const sidecar = pod.run();
    const watch = watchLogins(pod);
    proxy.fault({ kind: "answer", status: 403, body: errors("permission denied") }, /leases\/renew/);
    await sidecar.until("secret-rotated", 2);
    expect((await watch.stop()).failures).toEqual([]);
    expect(sidecar.events("logged-in")).toHaveLength(0);
    expect(sidecar.events("secret-read").length).toBeLessThan(4);
  });
});

describe("PostgreSQL that is down when Vault creates the role", () => {
  test("delays the start; nothing is left over", async () => {
    await writeDatabaseRole(parts.root, { defaultTtlSeconds: 60, maxTtlSeconds: 3600 });
    await using pod = await throughProxy();
    await parts.postgres.down();
    const init = pod.run("--once");
    await init.until("failed", 2);
    await parts.postgres.up();
    expect(await init.ended).toBe(0);
    await pod.connect();
    const sidecar = pod.run();
    await sidecar.until("resumed");
    sidecar.process.kill("SIGTERM");
    expect(await sidecar.ended).toBe(0);
    expect(await parts.roles()).not.toContain(pod.username());
  });
});

describe("a secret that vanishes", () => {
  test("stays in its file; others are not read again for it", async () => {
    await parts.root.must("POST", "kv/vanishing", { answer: "42" });
    await writeDatabaseRole(parts.root, { defaultTtlSeconds: 60, maxTtlSeconds: 3600 });
    await using pod = await createAgentPod({
      parts,
      template: '{{ with secret "kv/vanishing" }}{{ .Data.answer }}{{ end }}',
      config: { staticSecretIntervalSeconds: 0.5 },
    });
    await pod.init();
    const sidecar = pod.run();
    await sidecar.until("resumed");
    await parts.root.must("DELETE", "kv/vanishing");
    await sidecar.until("failed", 2);
    expect(pod.template()).toBe("42");
    await parts.root.must("POST", "kv/vanishing", { answer: "43" });
    await sidecar.until("files-changed");
    expect(pod.template()).toBe("43");
    expect(sidecar.events("secret-read")).toHaveLength(1);
  });
});

describe("an end while Vault is slow", () => {
  test("takes as long as Vault takes, and leaves nothing behind", async () => {
    await writeDatabaseRole(parts.root, { defaultTtlSeconds: 60, maxTtlSeconds: 3600 });
    await using pod = await throughProxy({ revokeTimeoutSeconds: 10 });
    await pod.init();
    const [token, username] = [await pod.token(), pod.username()];
    const sidecar = pod.run();
    await sidecar.until("resumed");
    proxy.fault({ kind: "delay", milliseconds: 1500 });
    sidecar.process.kill("SIGTERM");
    expect(await sidecar.ended).toBe(0);
    expect(sidecar.events("failed")).toEqual([]);
    expect(await parts.roles()).not.toContain(username);
    expect((await parts.root.call("GET", "auth/token/lookup-self", { token })).status).toBe(403);
  });
});

describe("an end while Vault is away", () => {
  test("comes within the time for revoking, and is no failure", async () => {
    await using pod = await throughProxy({ revokeTimeoutSeconds: 1 });
    await pod.init();
    const sidecar = pod.run();
    await sidecar.until("resumed");
    proxy.fault({ kind: "silence" });
    const from = Date.now();
    sidecar.process.kill("SIGTERM");
    expect(await sidecar.ended).toBe(0);
    expect(Date.now() - from).toBeLessThan(3000);
  });
});
