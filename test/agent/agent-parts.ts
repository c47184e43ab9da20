import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundleAgent } from "../../scripts/agent/bundle.ts";
import { type Parts, type PartsOptions, startParts } from "../support/parts.ts";

/** PostgreSQL, Vault, and the agent's program, built from its source as it is now. */
export interface AgentParts extends Parts {
  /** The program's file. */
  readonly bundle: string;
}

/** Starts what suites of the agent stand on. */
export async function startAgentParts(options: PartsOptions = {}): Promise<AgentParts> {
  await using started = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "keycard-bundle-"));
  started.defer(() => rm(directory, { recursive: true, force: true }));
  const bundle = await bundleAgent(directory, { target: "node24" });
  const parts = started.use(await startParts(options));
  const running = started.move();
  const stop = (): Promise<void> => running.disposeAsync();
  return { ...parts, bundle, stop, [Symbol.asyncDispose]: stop };
}

/** What Vault and PostgreSQL were made to do from now on. */
export function counting(parts: Parts): () => { logins: number; roles: number } {
  const [logins, roles] = [parts.logins(), parts.rolesCreated()];
  return () => ({ logins: parts.logins() - logins, roles: parts.rolesCreated() - roles });
}
