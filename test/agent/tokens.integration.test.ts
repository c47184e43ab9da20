import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { writeDatabaseRole } from "../../src/dev/configure.ts";
import type { JsonObject } from "../../src/json.ts";
import { type AgentParts, startAgentParts } from "./agent-parts.ts";
import { type AgentPod, type AgentRun, createAgentPod, watchLogins } from "./agent-pod.ts";

let parts: AgentParts;

beforeAll(async () => {
  parts = await startAgentParts();
});

afterAll(() => parts?.stop());

/** A pod with a database role and a login role of its own, whose tokens are of this kind. */
async function podWith(name: string, token: JsonObject): Promise<AgentPod> {
  await writeDatabaseRole(parts.root, { name, defaultTtlSeconds: 4, maxTtlSeconds: 3600 });
  await parts.root.must("POST", `auth/kubernetes/role/${name}`, {
    bound_service_account_names: ["app"],
    bound_service_account_namespaces: ["default"],
    token_policies: ["app"],
    ...token,
  });
  return createAgentPod({ parts, role: name, path: `database/creds/${name}` });
}

/** Lets the sidecar end, and expects nothing to be left of the pod. */
async function checkOut(pod: AgentPod, sidecar: AgentRun, role: string): Promise<void> {
  expect(await parts.leases(role)).not.toEqual([]);
  sidecar.process.kill("SIGTERM");
  expect(await sidecar.ended).toBe(0);
  expect(await parts.leases(role)).toEqual([]);
  expect(await parts.roles()).not.toContain(pod.username());
}

describe("a token", () => {
  const kinds: readonly (readonly [string, string, JsonObject])[] = [
    ["that ends for good, whatever is asked", "explicit", { token_ttl: 4, token_explicit_max_ttl: 6 }],
    ["that is renewed up to its max_ttl", "bounded", { token_ttl: 4, token_max_ttl: 6 }],
    // The development Vault has no batch tokens; with it this is a token that ends.
    ["that cannot be renewed at all", "batch", { token_ttl: 6, token_max_ttl: 6, token_type: "batch" }],
  ];

  test.concurrent.each(kinds)(
    "%s is replaced in time: no login fails, nothing is left",
    async (_what, name, token) => {
      await using pod = await podWith(name, token);
      await pod.init();
      const watch = watchLogins(pod);
      const sidecar = pod.run();
      await sidecar.until("logged-in", 2);
      await sidecar.until("secret-rotated", 2);
      expect((await watch.stop()).failures).toEqual([]);
      await checkOut(pod, sidecar, name);
    },
  );

  test.concurrent("with a period is renewed without end: one login, one role", async () => {
    await using pod = await podWith("periodic", { token_period: 4 });
    await pod.init();
    const before = pod.username();
    const watch = watchLogins(pod);
    const sidecar = pod.run();
    await sidecar.until("token-renewed", 3);
    expect((await watch.stop()).failures).toEqual([]);
    expect(sidecar.events("logged-in")).toEqual([]);
    expect(pod.username()).toBe(before);
    await checkOut(pod, sidecar, "periodic");
  });

  test.concurrent("that may be used a few times only is told of, and replaced when it is used up", async () => {
    await using pod = await podWith("counted", { token_ttl: 3600, token_num_uses: 5 });
    const init = await pod.init();
    expect(init.events("login-warning")).toMatchObject([{ msg: expect.stringContaining("token_num_uses") }]);
    const before = pod.username();
    const sidecar = pod.run();
    await sidecar.until("secret-rotated");
    await pod.connect();
    expect(pod.username()).not.toBe(before);
    sidecar.process.kill("SIGTERM");
    expect(await sidecar.ended).toBe(0);
  });
});
