import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { writeDatabaseRole } from "../../src/dev/configure.ts";
import { RESTART_EXIT_CODE } from "../../src/engines/native/agent-config.ts";
import { startHttpDouble } from "../vault/doubles.ts";
import { type AgentParts, startAgentParts } from "./agent-parts.ts";
import { type AgentPod, createAgentPod } from "./agent-pod.ts";

let parts: AgentParts;

beforeAll(async () => {
  parts = await startAgentParts();
});

beforeEach(() => writeDatabaseRole(parts.root, { defaultTtlSeconds: 300, maxTtlSeconds: 600 }));

// Agents that were killed leave theirs behind.
afterEach(revokeAll);

afterAll(() => parts?.stop());

/** A pod whose agent notices within half a second that its lease was revoked. */
function watchfulPod(notify: AgentPod["config"]["notify"], graceSeconds = 1): Promise<AgentPod> {
  const config = { notify, verifyIntervalSeconds: 0.5, rotationGraceSeconds: graceSeconds };
  return createAgentPod({ parts, config });
}

/** Makes a running agent rotate: the login it has is revoked behind its back. */
async function revokeAll(): Promise<void> {
  for (const lease of await parts.leases()) {
    await parts.root.must("PUT", "sys/leases/revoke", { lease_id: lease, sync: true });
  }
}

async function savedState(pod: AgentPod): Promise<{ outstanding: unknown }> {
  return JSON.parse(await readFile(join(pod.directory, "state", "state.json"), "utf8"));
}

describe("an app that is told by a request", () => {
  test("is asked after the files were swapped, with nothing for the first ones", async () => {
    const seen: string[] = [];
    await using app = await startHttpDouble(({ method, url }) => {
      seen.push(`${method} ${url} ${pod.username()}`);
      return { status: 204 };
    });
    const url = `${app.address}/-/reload`;
    await using pod = await watchfulPod({ kind: "http", method: "PUT", url, timeoutSeconds: 5, retries: 4 });
    await pod.init();
    const sidecar = pod.run();
    await sidecar.until("resumed");
    expect(seen).toEqual([]);
    await revokeAll();
    await sidecar.until("app-notified");
    expect(seen).toEqual([`PUT /-/reload ${pod.username()}`]);
    expect(sidecar.events("app-notified")).toMatchObject([{ kind: "http", of: "login db" }]);
  });

  test("that fails goes on being renewed, and keeps nobody from ending", async () => {
    await using app = await startHttpDouble(() => ({ status: 500 }));
    const url = `${app.address}/`;
    await using pod = await watchfulPod({
      kind: "http",
      method: "POST",
      url,
      timeoutSeconds: 5,
      retries: 20,
    });
    await pod.init();
    const sidecar = pod.run();
    await sidecar.until("resumed");
    await revokeAll();
    await sidecar.until("app-not-notified", 2);
    await revokeAll();
    await sidecar.until("secret-rotated", 2);
    await pod.connect();
    sidecar.process.kill("SIGTERM");
    expect(await sidecar.ended).toBe(0);
    expect(await parts.roles()).toEqual([]);
  });

  test("and was not, because the agent was killed, is told by the next one", async () => {
    let status = 500;
    await using app = await startHttpDouble(() => ({ status }));
    const url = `${app.address}/`;
    await using pod = await watchfulPod({
      kind: "http",
      method: "POST",
      url,
      timeoutSeconds: 5,
      retries: 20,
    });
    await pod.init();
    const first = pod.run();
    await first.until("resumed");
    await revokeAll();
    await first.until("app-not-notified");
    first.process.kill("SIGKILL");
    await first.ended;
    status = 200;
    const second = pod.run();
    await second.until("app-notified");
    expect(second.events("secret-rotated")).toEqual([]);
    expect(second.events("app-notified")).toMatchObject([{ of: "login db" }]);
  });
});

/** A program of its own name that tells of each SIGHUP. */
function startApp(name: string): { readonly process: ChildProcess; readonly heard: () => Promise<void> } {
  const script =
    "process.on('SIGHUP', () => console.log('heard')); console.log('up'); setInterval(() => {}, 1e6)";
  const child = spawn(process.execPath, ["-e", script], {
    argv0: name,
    stdio: ["ignore", "pipe", "inherit"],
  });
  return {
    process: child,
    heard: async () => {
      await once(child.stdout, "data");
    },
  };
}

describe("an app that is told by a signal", () => {
  test("gets it by its name", async () => {
    const name = `app-${process.pid}`;
    const app = startApp(name);
    try {
      await app.heard();
      await using pod = await watchfulPod({ kind: "signal", signal: "SIGHUP", process: name });
      await pod.init();
      const sidecar = pod.run();
      await sidecar.until("resumed");
      const heard = app.heard();
      await revokeAll();
      await heard;
      await sidecar.until("app-notified");
      expect(sidecar.events("app-notified")).toMatchObject([{ kind: "signal", of: "login db" }]);
    } finally {
      app.process.kill("SIGKILL");
    }
  });
});

describe("a pod that starts anew for a new login", () => {
  test("ends with the code for it, and goes on with one login and one role, the old one revoked in its time", async () => {
    await writeDatabaseRole(parts.root, { defaultTtlSeconds: 4, maxTtlSeconds: 8 });
    await using pod = await watchfulPod({ kind: "restart" }, 2);
    await pod.init();
    const old = pod.username();
    const [logins, roles] = [parts.logins(), parts.rolesCreated()];
    const sidecar = pod.run();
    expect(await sidecar.ended).toBe(RESTART_EXIT_CODE);
    expect(sidecar.events("restarting-pod")).toMatchObject([{ of: "login db" }]);
    expect(pod.terminationMessage()).toBe("Keycard starts this pod anew to show it what changed: login db.");
    expect(pod.username()).not.toBe(old);
    expect(await parts.roles()).toContain(old);

    const again = await pod.init();
    expect(again.events("pod-restarted")).toMatchObject([{ of: "login db" }]);
    expect((await savedState(pod)).outstanding).toEqual({ untold: [], restarting: false });
    const next = pod.run();
    await next.until("resumed");
    // Revoked by the agent after the grace period, or ended by itself where the lease was shorter than that.
    await expect.poll(() => parts.roles(), { timeout: 15_000 }).toEqual([pod.username()]);
    expect(next.events("app-not-notified")).toEqual([]);
    expect([parts.logins() - logins, parts.rolesCreated() - roles]).toEqual([0, 1]);
  });

  test("but was not started anew hears so once, and keeps its new login", async () => {
    await using pod = await watchfulPod({ kind: "restart" });
    await pod.init();
    const sidecar = pod.run();
    await sidecar.until("resumed");
    await revokeAll();
    expect(await sidecar.ended).toBe(RESTART_EXIT_CODE);
    expect((await savedState(pod)).outstanding).toEqual({ untold: ["login db"], restarting: true });

    // A kubelet that does not know the rule starts the sidecar alone.
    const alone = pod.run();
    await alone.until("app-not-notified");
    expect(alone.events("app-not-notified")).toMatchObject([{ kind: "restart", of: "login db" }]);
    await pod.connect();
    alone.process.kill("SIGTERM");
    expect(await alone.ended).toBe(0);
    expect(await parts.roles()).toEqual([]);
  });
});
