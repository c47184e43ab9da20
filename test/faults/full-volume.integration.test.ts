import { execFileSync } from "node:child_process";
import { mkdirSync, rmSync, statfsSync, writeFileSync } from "node:fs";
import { readdir } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type AgentParts, startAgentParts } from "../agent/agent-parts.ts";
import { type AgentPod, createAgentPod, watchLogins } from "../agent/agent-pod.ts";

let parts: AgentParts;

beforeAll(async () => {
  parts = await startAgentParts({ database: { defaultTtlSeconds: 4, maxTtlSeconds: 10 } });
});

afterAll(() => parts?.stop());

/** A volume that can be made to take no more. */
interface Volume extends Disposable {
  readonly kind: string;
  fill(): void;
  free(): void;
}

/** A small memory volume, as a pod has it, where this process may mount one. */
function smallVolume(directory: string): Volume | undefined {
  try {
    execFileSync("mount", ["-t", "tmpfs", "-o", "size=256k", "tmpfs", directory], { stdio: "ignore" });
  } catch {
    return undefined;
  }
  const filler = join(directory, "filler");
  return {
    kind: "full",
    fill() {
      const { bavail, bsize } = statfsSync(directory);
      writeFileSync(filler, Buffer.alloc(bavail * bsize));
    },
    free: () => rmSync(filler),
    [Symbol.dispose]: () => execFileSync("umount", [directory]),
  };
}

/** Elsewhere: something in the way of every write. */
function blockedVolume(directory: string): Volume {
  const obstacle = join(directory, "db", "..data_new", "obstacle");
  return {
    kind: "blocked",
    fill: () => mkdirSync(obstacle, { recursive: true }),
    free: () => rmSync(join(directory, "db", "..data_new"), { recursive: true }),
    [Symbol.dispose]: () => undefined,
  };
}

async function publishes(pod: AgentPod): Promise<readonly string[]> {
  return (await readdir(join(pod.secrets, "db"))).sort();
}

test("a volume that takes no more: the old login stays and lives, the new one waits, and nothing fails", async () => {
  await using pod = await createAgentPod({ parts });
  using volume = smallVolume(pod.secrets) ?? blockedVolume(pod.secrets);
  await pod.init();
  const sidecar = pod.run();
  const before = pod.username();
  const entries = (await publishes(pod)).filter((name) => !name.startsWith("..keycard"));
  const watch = watchLogins(pod);
  volume.fill();
  await sidecar.until("login-verified");
  await sidecar.until("failed", 2);
  expect(pod.username(), `the ${volume.kind} volume was written to`).toBe(before);
  volume.free();
  await sidecar.until("secret-rotated");
  expect((await watch.stop()).failures).toEqual([]);
  expect(pod.username()).not.toBe(before);
  expect((await publishes(pod)).filter((name) => !name.startsWith("..keycard"))).toEqual(entries);
  expect(sidecar.events("secret-read")).toHaveLength(1);
  sidecar.process.kill("SIGTERM");
  expect(await sidecar.ended).toBe(0);
});
