import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { onTestFailed } from "vitest";
import { groundContext, kubectl } from "./context.ts";
import { KEYCARD } from "./installation.ts";

/**
 * Call it in `beforeEach`: when the test fails, it writes what the cluster knows of some namespaces, and of
 * Keycard, to files below reports/e2e.
 */
export function collectOnFailure(...namespaces: readonly string[]): void {
  onTestFailed(async ({ task }) => {
    const directory = join(groundContext().reports, task.name.replaceAll(/[^\w-]+/g, "-").slice(0, 80));
    await mkdir(directory, { recursive: true });
    for (const each of [...namespaces, KEYCARD]) {
      const here = kubectl(each);
      const save = async (name: string, ...args: readonly string[]): Promise<void> => {
        const { stdout, stderr } = await here.attempt(args);
        await writeFile(join(directory, `${each}-${name}.txt`), stdout + stderr);
      };
      await save("describe", "describe", "pods,jobs,deployments,statefulsets,replicasets");
      await save("pods", "get", "pods", "--output=yaml");
      await save("events", "get", "events", "--sort-by=.lastTimestamp");
      for (const pod of await here.list("pods").catch(() => [])) {
        const name = pod.metadata?.name ?? "";
        await save(`${name}.log`, "logs", name, "--all-containers", "--prefix", "--tail=500");
        await save(`${name}.previous.log`, "logs", name, "--all-containers", "--prefix", "--previous");
      }
    }
    console.error(`What the cluster knew is in ${directory}`);
  });
}
