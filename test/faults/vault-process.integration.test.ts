import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeDatabaseRole } from "../../src/dev/configure.ts";
import { freePort } from "../../src/dev/server-process.ts";
import { type AgentParts, counting, startAgentParts } from "../agent/agent-parts.ts";
import { type AgentPod, type AgentRun, createAgentPod, watchLogins } from "../agent/agent-pod.ts";
import { startFaultyProxy } from "./proxy.ts";

let parts: AgentParts;

beforeAll(async () => {
  parts = await startAgentParts({ storage: "file" });
});

afterAll(() => parts?.stop());

/** When the agent logged an event for the first time, in milliseconds since 1970. */
function timeOf(run: AgentRun, event: string): number {
  return Number(run.events(event)[0]?.["time"]);
}

/** Ways for all of Vault to be gone, and how each ends. */
const ABSENCES: readonly (readonly [string, { begin(): Promise<unknown>; end(): Promise<unknown> }])[] = [
  ["stopped", { begin: () => parts.vault.down(), end: () => parts.vault.up() }],
  [
    "sealed",
    {
      begin: () => parts.root.must("PUT", "sys/seal"),
      end: () => parts.root.must("PUT", "sys/unseal", { key: parts.vault.unsealKey }),
    },
  ],
];

describe.each(ABSENCES)("a Vault that is %s", (_how, absence) => {
  test("for less than what is left of the lease: no login fails, nothing new is made", async () => {
    await writeDatabaseRole(parts.root, { defaultTtlSeconds: 15, maxTtlSeconds: 3600 });
    const counts = counting(parts);
    await using pod = await createAgentPod({ parts });
    await pod.init();
    const before = pod.username();
    const watch = watchLogins(pod);
    const sidecar = pod.run();
    await sidecar.until("resumed");
    await absence.begin();
    await sidecar.until("failed");
    await absence.end();
    await sidecar.until("lease-renewed");
    const { logins, failures } = await watch.stop();
    expect(failures).toEqual([]);
    expect(logins).toBeGreaterThan(50);
    expect(pod.username()).toBe(before);
    expect(counts()).toEqual({ logins: 1, roles: 1 });
    sidecar.process.kill("SIGTERM");
    expect(await sidecar.ended).toBe(0);
    expect(await parts.roles()).not.toContain(before);
  });

  test("for longer: the files stay, health says so, and the first answer repairs everything", async () => {
    await writeDatabaseRole(parts.root, { defaultTtlSeconds: 2, maxTtlSeconds: 3600 });
    const counts = counting(parts);
    const healthPort = await freePort();
    await using pod = await createAgentPod({ parts, config: { healthPort } });
    await pod.init();
    const before = pod.username();
    const sidecar = pod.run();
    const page = async (path: string): Promise<string> => {
      const answer = await fetch(`http://127.0.0.1:${healthPort}${path}`);
      return `${answer.status} ${await answer.text()}`;
    };
    await sidecar.until("lease-renewed");
    expect(await page("/readyz")).toMatch(/^200/);
    await absence.begin();
    await expect.poll(() => page("/readyz"), { timeout: 15_000 }).toMatch(/^503 .*database\/creds\/app-role/);
    expect(await page("/healthz")).toMatch(/^200/);
    const metrics = await page("/metrics");
    expect(metrics).toContain('secret_usable{secret="read database/creds/app-role"} 0');
    expect(metrics).toMatch(/failures_total\{operation="renew-lease",reason="(unreachable|sealed)"\} [1-9]/);
    expect(pod.username()).toBe(before);
    await absence.end();
    await sidecar.until("secret-rotated");
    expect(timeOf(sidecar, "secret-rotated") - timeOf(sidecar, "vault-back")).toBeLessThan(2000);
    await pod.connect();
    expect(await page("/readyz")).toMatch(/^200/);
    expect(counts()).toEqual({ logins: 1, roles: 2 });
    await expect.poll(() => parts.roles(), { timeout: 15_000 }).toEqual([pod.username()]);
    sidecar.process.kill("SIGTERM");
    expect(await sidecar.ended).toBe(0);
  });
});

describe("a Vault that comes back without anything it knew", () => {
  test("gives one login and one role; the old role works until its end, and stays in PostgreSQL", async () => {
    await using own = await startAgentParts({ database: { defaultTtlSeconds: 4, maxTtlSeconds: 3600 } });
    await using proxy = await startFaultyProxy(own.vault.address);
    await using pod = await createAgentPod({ parts: own, vaultAddress: proxy.address });
    await pod.init();
    const before = pod.username();
    const watch = watchLogins(pod);
    const sidecar = pod.run();
    await sidecar.until("lease-renewed");
    await using fresh = await own.freshVault();
    proxy.passTo(fresh.address);
    await sidecar.until("secret-rotated");
    expect((await watch.stop()).failures).toEqual([]);
    expect({ logins: own.logins(), roles: own.rolesCreated() }).toEqual({ logins: 2, roles: 2 });
    expect([...(await own.roles())].sort()).toEqual([before, pod.username()].sort());
    sidecar.process.kill("SIGTERM");
    expect(await sidecar.ended).toBe(0);
    expect(await own.roles()).toEqual([before]);
  });
});

describe("what is revoked behind the agent's back", () => {
  const revocations: readonly (readonly [string, number, (pod: AgentPod) => Promise<void>])[] = [
    [
      "lease",
      0,
      async () => {
        for (const lease of await parts.leases()) {
          await parts.root.must("PUT", "sys/leases/revoke", { lease_id: lease, sync: true });
        }
      },
    ],
    [
      "token",
      1,
      async (pod) => {
        await parts.root.must("PUT", "auth/token/revoke", { token: await pod.token() });
      },
    ],
  ];
  const notices = [
    ["at the next renewal", 0, 4, 4000],
    ["within the verify interval", 0.5, 300, 2000],
  ] as const;
  const cases = revocations.flatMap(([what, logins, revoke]) =>
    notices.map((notice) => [what, ...notice, logins, revoke] as const),
  );

  test.each(cases)(
    "%s: is noticed %s",
    async (_what, _when, verifyIntervalSeconds, defaultTtlSeconds, withinMs, logins, revoke) => {
      await writeDatabaseRole(parts.root, { defaultTtlSeconds, maxTtlSeconds: 3600 });
      await using pod = await createAgentPod({ parts, config: { verifyIntervalSeconds } });
      await pod.init();
      const before = pod.username();
      const sidecar = pod.run();
      await sidecar.until("resumed");
      const counts = counting(parts);
      await revoke(pod);
      const revokedAt = Date.now();
      await sidecar.until("secret-rotated");
      expect(timeOf(sidecar, "secret-rotated") - revokedAt).toBeLessThan(withinMs);
      await pod.connect();
      expect(pod.username()).not.toBe(before);
      expect(counts()).toEqual({ logins, roles: 1 });
      sidecar.process.kill("SIGTERM");
      expect(await sidecar.ended).toBe(0);
      expect(await parts.roles()).toEqual([]);
    },
  );
});

describe("an end while Vault is stopped", () => {
  test("comes within the time for revoking, is no failure, and what is left ends at its time", async () => {
    await writeDatabaseRole(parts.root, { defaultTtlSeconds: 6, maxTtlSeconds: 3600 });
    await using pod = await createAgentPod({ parts, config: { revokeTimeoutSeconds: 1 } });
    await pod.init();
    const sidecar = pod.run();
    await sidecar.until("resumed");
    await parts.vault.down();
    const from = Date.now();
    sidecar.process.kill("SIGTERM");
    expect(await sidecar.ended).toBe(0);
    expect(Date.now() - from).toBeLessThan(3000);
    expect(await parts.roles()).toEqual([pod.username()]);
    await parts.vault.up();
    await expect.poll(() => parts.roles(), { timeout: 20_000 }).toEqual([]);
  });
});
