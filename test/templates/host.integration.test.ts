import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { RunningVault } from "../../src/dev/running-vault.ts";
import { findVaultBinary, startVaultServer } from "../../src/dev/vault-binary.ts";
import type { CorpusEntry } from "./corpus.ts";
import { createVaultRenderer } from "./corpus-renderer.ts";
import { VaultAgent } from "./vault-agent.ts";

const binary = await findVaultBinary(process.env);

/** On two interfaces that stay as they are while this runs: the loopback's, and the default route's. */
const PIPELINES = [
  'GetAllInterfaces | include "name" "^lo$"',
  'GetAllInterfaces | include "name" "^lo$" | join "flags" " "',
  "GetPrivateIP",
  'GetDefaultInterfaces | sort "type,-address" | join "string" " "',
  'GetDefaultInterfaces | include "type" "ipv4" | join "broadcast" " "',
  'GetDefaultInterfaces | math "network" "-2" | join "address" " "',
  'GetDefaultInterfaces | include "flags" "up|forwardable" | join "hex" " "',
  'GetDefaultInterfaces | exclude "rfc" "6890|1918" | join "network" " "',
];

describe.runIf(binary !== undefined)("what Vault Agent says of this host", () => {
  let vault: RunningVault;

  beforeAll(async () => {
    vault = await startVaultServer(binary ?? "");
  });

  afterAll(() => vault.stop());

  test("is said here too", { timeout: 60_000 }, async () => {
    const entries = PIPELINES.map(
      (pipeline): CorpusEntry => ({ template: `{{ sockaddr \`${pipeline}\` }}` }),
    );
    const renderer = createVaultRenderer(vault);
    const ours = await Promise.all(entries.map((entry) => renderer.render(entry)));
    const theirs = await new VaultAgent(binary ?? "", vault).outcomes(
      entries,
      (entry) => ours[entries.indexOf(entry)] === undefined,
    );
    expect(ours.map(String)).toEqual(theirs.map(String));
  });
});
