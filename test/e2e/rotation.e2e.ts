import { describe, expect, it } from "vitest";
import { cluster } from "./ground/context.ts";
import type { KubernetesObject } from "./ground/kubectl.ts";
import { databaseAnnotations, IDLE, pod } from "./ground/pods.ts";
import { testNamespace } from "./ground/test-namespace.ts";

const { here, secrets } = testNamespace("e2e-rotation");

/** A new connection five times a second, each by the rendered files as they are then. */
const CONNECT_AGAIN_AND_AGAIN = [
  "trap 'exit 0' TERM",
  "while :; do psql --no-psqlrc -Atc \"SELECT 'I am ' || current_user\" 2>&1 || echo FAILED",
  "sleep 0.2 & wait $!; done",
].join("; ");

/** Logins in the order in which the app had them. */
async function loginsSeen(name: string): Promise<readonly string[]> {
  const log = await here.run("logs", name, "--container=app", "--tail=-1");
  return [...new Set([...log.matchAll(/^I am (\S+)$/gm)].flatMap((match) => match[1] ?? []))];
}

/** What the kubelet says of the sidecar. */
function agentOf(injected: KubernetesObject) {
  return injected["status"].initContainerStatuses.find(
    (each: { readonly name: string }) => each.name === "keycard-agent",
  );
}

describe("a running app", () => {
  it("picks up each new login at its next connection, and never fails to connect", async () => {
    await secrets().setLifetime({ defaultTtlSeconds: 10, maxTtlSeconds: 20 });
    const annotations = databaseAnnotations(secrets().vault.address, secrets().databaseUrl, {
      "keycard.dev/rotation-grace": "3s",
    });
    await here.mustApply(pod("rotating", { annotations, script: CONNECT_AGAIN_AND_AGAIN }));
    const seen = await here.until("three logins", 90, async () => {
      const logins = await loginsSeen("rotating");
      return logins.length >= 3 ? logins : undefined;
    });
    expect(await here.run("logs", "rotating", "--container=app", "--tail=-1")).not.toContain("FAILED");

    // What it had before is gone, but for the one within its grace.
    expect((await secrets().logins()).length).toBeLessThanOrEqual(2);
    expect(await secrets().logins()).not.toContain(seen[0]);
    await here.run("delete", "pod", "rotating", "--wait=true");
    expect(await secrets().logins()).toEqual([]);
    await secrets().setLifetime({ defaultTtlSeconds: 3600, maxTtlSeconds: 86_400 });
  });

  it("gets a new login when its lease was revoked behind its back", async () => {
    const annotations = databaseAnnotations(secrets().vault.address, secrets().databaseUrl, {
      "keycard.dev/verify-interval": "2s",
    });
    await here.mustApply(pod("revoked", { annotations, script: CONNECT_AGAIN_AND_AGAIN }));
    await here.until("a login", 60, async () => (await loginsSeen("revoked")).length === 1 || undefined);
    await secrets().api.must("PUT", "sys/leases/revoke-prefix/database/creds/app-role");
    await here.until(
      "another login",
      30,
      async () => (await loginsSeen("revoked")).length === 2 || undefined,
    );
    await here.run("delete", "pod", "revoked", "--wait=true");
  });

  it("keeps its login when its agent's container is killed", async () => {
    const annotations = databaseAnnotations(secrets().vault.address, secrets().databaseUrl);
    await here.mustApply(pod("surviving", { annotations, script: IDLE }));
    await here.run("wait", "--for=condition=Ready", "pod/surviving", "--timeout=60s");
    const before = await secrets().logins();
    const [, container] = agentOf(await here.get("pod/surviving")).containerID.split("//");
    await (await cluster()).killContainer(container);
    await here.until("the agent's restart", 60, async () => {
      const agent = agentOf(await here.get("pod/surviving"));
      return (agent.restartCount === 1 && agent.state.running !== undefined) || undefined;
    });
    expect(await secrets().logins()).toEqual(before);
    await here.run("delete", "pod", "surviving", "--wait=true");
    expect(await secrets().logins()).toEqual([]);
  });
});

describe.each(["true", "false"])("Vault down at a pod's start, init container: %s", (initContainer) => {
  it("makes the pod wait, say why, and start when it is back", async () => {
    await secrets().vault.down();
    const annotations = databaseAnnotations(secrets().vault.address, secrets().databaseUrl, {
      "keycard.dev/init-container": initContainer,
      "keycard.dev/start-timeout": "5s",
    });
    await here.mustApply(pod("waiting", { annotations, script: IDLE }));
    const description = await here.until("the reason in kubectl describe", 60, async () => {
      const text = await here.run("describe", "pod", "waiting");
      return text.includes(secrets().vault.address) && /Message:/.test(text) ? text : undefined;
    });
    expect(description).toMatch(/Vault|ECONNREFUSED/);

    await secrets().vault.up();
    await here.run("wait", "--for=condition=Ready", "pod/waiting", "--timeout=120s");
    await here.run("delete", "pod", "waiting", "--wait=true");
  });
});
