import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeDatabaseRole } from "../../src/dev/configure.ts";
import { type AgentParts, counting, startAgentParts } from "./agent-parts.ts";
import { createAgentPod, watchLogins } from "./agent-pod.ts";

let parts: AgentParts;

beforeAll(async () => {
  parts = await startAgentParts({ database: { defaultTtlSeconds: 4, maxTtlSeconds: 10 } });
});

afterAll(() => parts?.stop());

describe("init container and sidecar", () => {
  test("share one login, one lease and one role; SIGTERM leaves none", async () => {
    const counts = counting(parts);
    await writeDatabaseRole(parts.root, { defaultTtlSeconds: 4, maxTtlSeconds: 600 });
    await using pod = await createAgentPod({ parts });
    await pod.init();
    const sidecar = pod.run();
    await sidecar.until("lease-renewed", 2);
    expect(counts()).toEqual({ logins: 1, roles: 1 });
    expect(await parts.leases()).toHaveLength(1);
    expect(await parts.roles()).toEqual([pod.username()]);
    sidecar.process.kill("SIGTERM");
    expect(await sidecar.ended).toBe(0);
    expect({ roles: await parts.roles(), leases: await parts.leases(), state: pod.hasState() }).toEqual({
      roles: [],
      leases: [],
      state: false,
    });
  });

  test("rotate before max_ttl with overlap, and no login ever fails", async () => {
    const counts = counting(parts);
    await writeDatabaseRole(parts.root, { defaultTtlSeconds: 4, maxTtlSeconds: 8 });
    await using pod = await createAgentPod({ parts });
    await pod.init();
    const sidecar = pod.run();
    const watch = watchLogins(pod);
    await sidecar.until("secret-rotated", 2);
    await sidecar.until("lease-renewed", 4);
    const { logins, failures } = await watch.stop();
    expect(failures).toEqual([]);
    expect(logins).toBeGreaterThan(50);
    expect(counts().logins).toBe(1);
    expect(counts().roles).toBe(1 + sidecar.events("secret-rotated").length);
    sidecar.process.kill("SIGTERM");
    await sidecar.ended;
    expect(await parts.roles()).toEqual([]);
  });

  test("a sidecar killed at any moment goes on with what it had: no new login, no new role", async () => {
    const counts = counting(parts);
    await writeDatabaseRole(parts.root, { defaultTtlSeconds: 5, maxTtlSeconds: 600 });
    await using pod = await createAgentPod({ parts });
    await pod.init();
    const watch = watchLogins(pod);
    for (const after of [30, 90, 200, 450, 700, 1500, 2600]) {
      const sidecar = pod.run();
      await new Promise((resolve) => setTimeout(resolve, after));
      sidecar.process.kill("SIGKILL");
      await sidecar.ended;
    }
    const last = pod.run();
    await last.until("lease-renewed");
    expect((await watch.stop()).failures).toEqual([]);
    expect(counts()).toEqual({ logins: 1, roles: 1 });
    last.process.kill("SIGTERM");
    await last.ended;
  });

  test("an init container that runs again after a crash goes on as well", async () => {
    const counts = counting(parts);
    await using pod = await createAgentPod({ parts });
    await pod.init();
    const before = pod.username();
    await pod.init();
    expect(pod.username()).toBe(before);
    expect(counts()).toEqual({ logins: 1, roles: 1 });
  });

  test("without a sidecar nothing is handed over, and nothing revoked", async () => {
    await using pod = await createAgentPod({ parts, config: { initOnly: true } });
    await pod.init();
    expect(pod.hasState()).toBe(false);
    await pod.connect();
  });
});

describe("a static role", () => {
  test("is read just after each of Vault's own rotations, and asks for little in between", async () => {
    const role = { db_name: "postgres", username: "app_static", rotation_period: "5s" };
    await parts.root.must("POST", "database/static-roles/app-static", role);
    await using pod = await createAgentPod({ parts, path: "database/static-creds/app-static" });
    await pod.init();
    const sidecar = pod.run();
    for (const times of [1, 2]) {
      await sidecar.until("secret-rotated", times);
      await pod.connect();
    }
    expect(pod.username()).toBe("app_static");
    // A rotation may come a few seconds late; it is looked for once a second then.
    expect(sidecar.events("secret-unchanged").length).toBeLessThan(15);
    sidecar.process.kill("SIGTERM");
    expect(await sidecar.ended).toBe(0);
    const later = { ...role, rotation_period: "24h" };
    await parts.root.must("POST", "database/static-roles/app-static", later);
  });
});

describe("a lease that is revoked behind its back", () => {
  test("is replaced within the verify interval", async () => {
    await writeDatabaseRole(parts.root, { defaultTtlSeconds: 300, maxTtlSeconds: 600 });
    await using pod = await createAgentPod({ parts, config: { verifyIntervalSeconds: 0.5 } });
    await pod.init();
    const sidecar = pod.run();
    await sidecar.until("resumed");
    const before = pod.username();
    for (const lease of await parts.leases()) {
      await parts.root.must("PUT", "sys/leases/revoke", { lease_id: lease, sync: true });
    }
    const revokedAt = Date.now();
    await sidecar.until("secret-rotated");
    expect(Date.now() - revokedAt).toBeLessThan(2500);
    expect(pod.username()).not.toBe(before);
    await pod.connect();
  });
});

describe("log lines", () => {
  test("that nobody reads any more end no agent", async () => {
    await writeDatabaseRole(parts.root, { defaultTtlSeconds: 2, maxTtlSeconds: 4 });
    await using pod = await createAgentPod({ parts });
    await pod.init();
    const before = pod.username();
    const sidecar = pod.run();
    await sidecar.until("resumed");
    sidecar.process.stdout?.destroy();
    await expect.poll(() => pod.username(), { timeout: 15_000 }).not.toBe(before);
    await pod.connect();
    sidecar.process.kill("SIGTERM");
    expect(await sidecar.ended).toBe(0);
  });

  test("tie pod, lease and user name together: in the log, and as application_name in PostgreSQL", async () => {
    await using pod = await createAgentPod({ parts, podName: "shop-7d4f" });
    const init = await pod.init();
    const [read] = init.events("secret-read");
    expect(read).toMatchObject({ pod: "shop-7d4f", namespace: "default", username: pod.username() });
    expect(await parts.leases()).toContain(read?.["lease"]);
    expect(await readFile(join(pod.secrets, "db", "url"), "utf8")).toContain(
      "application_name=default%2Fshop-7d4f",
    );
  });
});

describe("a start that fails", () => {
  test("says what failed and where, in the termination message that kubectl shows", async () => {
    const config = { startTimeoutSeconds: 1 };
    await using pod = await createAgentPod({ parts, config, tokenPath: "/no/such/token" });
    expect(await pod.run("--once").ended).toBe(1);
    expect(pod.terminationMessage()).toContain("within 1 seconds");
    expect(pod.terminationMessage()).toContain("/no/such/token");
  });

  test("gives up soon when Vault refuses, and says what was asked, of whom, and what came back", async () => {
    await using pod = await createAgentPod({ parts, role: "nobody" });
    const init = pod.run("--once");
    expect(await init.ended).toBe(1);
    expect(init.events("failed")).toHaveLength(5);
    const message = pod.terminationMessage();
    for (const part of ["auth/kubernetes/login", parts.vault.address, "400", "invalid role name"]) {
      expect(message).toContain(part);
    }
  });
});

describe("the command line", () => {
  test("with something it does not know is wrong usage", async () => {
    await using pod = await createAgentPod({ parts });
    const run = pod.run("nonsense");
    expect(await run.ended).toBe(2);
    expect(run.output()).toContain("--once");
  });
});
