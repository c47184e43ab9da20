import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeDatabaseRole } from "../../src/dev/configure.ts";
import { type AgentParts, startAgentParts } from "../agent/agent-parts.ts";
import { createAgentPod, watchLogins } from "../agent/agent-pod.ts";
import { errors, type Fault, startFaultyProxy } from "./proxy.ts";

let parts: AgentParts;

beforeAll(async () => {
  parts = await startAgentParts();
});

afterAll(() => parts?.stop());

/** What a standby says while nobody leads. */
const LEADERLESS: readonly (readonly [string, Fault])[] = [
  [
    "that it is no active node",
    { kind: "answer", status: 500, body: errors("local node not active but active cluster node not found") },
  ],
  ["status 473", { kind: "answer", status: 473, body: "" }],
  [
    "status 429, and when to come again",
    { kind: "answer", status: 429, body: "{}", headers: { "retry-after": "1" } },
  ],
  ["status 503", { kind: "answer", status: 503, body: "" }],
];

describe("a standby that sends its clients to the active node", () => {
  test("serves a pod's whole life: login, renewal, end", async () => {
    await writeDatabaseRole(parts.root, { defaultTtlSeconds: 4, maxTtlSeconds: 3600 });
    await using standby = await startFaultyProxy(parts.vault.address);
    standby.fault({ kind: "redirect", to: parts.vault.address });
    await using pod = await createAgentPod({ parts, vaultAddress: standby.address });
    await pod.init();
    await pod.connect();
    const sidecar = pod.run();
    await sidecar.until("lease-renewed");
    sidecar.process.kill("SIGTERM");
    expect(await sidecar.ended).toBe(0);
    expect(sidecar.events("failed")).toEqual([]);
    expect(await parts.roles()).not.toContain(pod.username());
  });

  test.concurrent.each(LEADERLESS)(
    "and says %s until another leads: no login fails, nothing new is made",
    async (_what, fault) => {
      const role = `led-${Math.random().toString(36).slice(2)}`;
      await writeDatabaseRole(parts.root, { name: role, defaultTtlSeconds: 12, maxTtlSeconds: 3600 });
      await using standby = await startFaultyProxy(parts.vault.address);
      await using first = await startFaultyProxy(parts.vault.address);
      await using second = await startFaultyProxy(parts.vault.address);
      standby.fault({ kind: "redirect", to: first.address });
      const path = `database/creds/${role}`;
      await using pod = await createAgentPod({ parts, vaultAddress: standby.address, path });
      await pod.init();
      const before = pod.username();
      const watch = watchLogins(pod);
      const sidecar = pod.run();
      await sidecar.until("resumed");
      first.fault({ kind: "reset", when: "before" });
      standby.fault(fault);
      await sidecar.until("failed");
      standby.fault({ kind: "redirect", to: second.address });
      await sidecar.until("lease-renewed");
      expect((await watch.stop()).failures).toEqual([]);
      expect(second.requests.map(({ line }) => line)).toContain("PUT /v1/sys/leases/renew");
      expect(pod.username()).toBe(before);
      expect(await parts.leases(role)).toHaveLength(1);
      sidecar.process.kill("SIGTERM");
      expect(await sidecar.ended).toBe(0);
    },
  );
});
