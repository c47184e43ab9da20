import { writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningVault } from "../../src/dev/running-vault.ts";
import { vaultApi } from "../../src/dev/vault-api.ts";
import { findVaultBinary, startVaultServer } from "../../src/dev/vault-binary.ts";
import type { CorpusEntry } from "./corpus.ts";
import { corpusTopics, readCorpus, recordCorpus, recordedOutcome } from "./corpus.ts";
import { createVaultRenderer, type VaultRenderer } from "./corpus-renderer.ts";
import { seedCorpusSecrets } from "./corpus-secrets.ts";
import { VaultAgent } from "./vault-agent.ts";

/**
 * The corpus against the real Vault Agent. KEYCARD_RECORD_TEMPLATES=1 writes what the agent made of it back
 * into the corpus, and Vault's answers into exchanges.json, for the runs that have no Vault.
 */
const binary = await findVaultBinary(process.env);
const records = process.env.KEYCARD_RECORD_TEMPLATES === "1";
const TIMEOUT = 600_000;

describe.runIf(binary !== undefined)("templates rendered by Vault Agent", () => {
  let vault: RunningVault;
  let renderer: VaultRenderer;

  beforeAll(async () => {
    vault = await startVaultServer(binary ?? "");
    await seedCorpusSecrets(vaultApi(vault.address, vault.rootToken));
    renderer = createVaultRenderer(vault);
  });

  afterAll(async () => {
    if (records)
      writeFileSync(
        new URL("exchanges.json", import.meta.url),
        `${JSON.stringify(renderer.exchanges, null, 1)}\n`,
      );
    renderer.close();
    await vault.stop();
  });

  test.each(corpusTopics())("%s render to the same bytes here", { timeout: TIMEOUT }, async (topic) => {
    const entries = readCorpus(topic);
    const agent = new VaultAgent(binary ?? "", vault);
    const ours = new Map<CorpusEntry, Buffer | undefined>();
    for (const entry of entries) ours.set(entry, await renderer.render(entry));
    const expectFailure = (entry: CorpusEntry): boolean =>
      records ? ours.get(entry) === undefined : recordedOutcome(entry) === undefined;
    const theirs = await agent.outcomes(entries, expectFailure);
    if (records) recordCorpus(topic, entries, theirs);
    const shown = (outcome: Buffer | undefined): string => outcome?.toString("latin1") ?? "fails";
    expect(entries.map((entry) => [entry.template, shown(ours.get(entry))])).toEqual(
      entries.map((entry, index) => [entry.template, shown(theirs[index])]),
    );
  });
});
