import { execFile } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RunningVault } from "../../src/dev/running-vault.ts";
import { CORPUS_ENVIRONMENT, type CorpusEntry, type Outcome } from "./corpus.ts";

/** Templates that one agent renders at once, as long as none fails. */
const BATCH = 25;
const TIMEOUT_MILLISECONDS = 20_000;

/** Renders templates with the real `vault agent`, each to its own file, and exits when all are there. */
export class VaultAgent {
  readonly #binary: string;
  readonly #vault: RunningVault;

  constructor(binary: string, vault: RunningVault) {
    this.#binary = binary;
    this.#vault = vault;
  }

  /** What becomes of each template. Those expected to fail are tried one by one. */
  async outcomes(
    entries: readonly CorpusEntry[],
    expectFailure: (entry: CorpusEntry) => boolean,
  ): Promise<Outcome[]> {
    const outcomes = new Map<CorpusEntry, Outcome>();
    const good = entries.filter((entry) => !expectFailure(entry));
    const batches: CorpusEntry[][] = entries.filter(expectFailure).map((entry) => [entry]);
    for (let at = 0; at < good.length; at += BATCH) batches.push(good.slice(at, at + BATCH));
    await Promise.all(
      [0, 1].map((worker) =>
        this.#work(
          batches.filter((_, index) => index % 2 === worker),
          outcomes,
        ),
      ),
    );
    return entries.map((entry) => outcomes.get(entry));
  }

  async #work(batches: readonly CorpusEntry[][], outcomes: Map<CorpusEntry, Outcome>): Promise<void> {
    for (const batch of batches) await this.#render(batch, outcomes);
  }

  /** One agent for a batch; when it fails, halves of it, down to the template that does. */
  async #render(batch: readonly CorpusEntry[], outcomes: Map<CorpusEntry, Outcome>): Promise<void> {
    const rendered = await this.#runAgent(batch);
    if (rendered) {
      batch.forEach((entry, index) => {
        outcomes.set(entry, rendered[index]);
      });
    } else if (batch.length > 1) {
      const middle = Math.ceil(batch.length / 2);
      await this.#render(batch.slice(0, middle), outcomes);
      await this.#render(batch.slice(middle), outcomes);
    }
  }

  async #runAgent(entries: readonly CorpusEntry[]): Promise<Buffer[] | undefined> {
    const directory = await mkdtemp(join(tmpdir(), "keycard-vault-agent-"));
    try {
      const destinations = entries.map((_, index) => join(directory, `out-${index}`));
      await writeFile(join(directory, "token"), this.#vault.rootToken);
      await writeFile(
        join(directory, "agent.json"),
        JSON.stringify(this.#config(directory, entries, destinations)),
      );
      const succeeded = await this.#run(directory);
      return succeeded ? await Promise.all(destinations.map((file) => readFile(file))) : undefined;
    } finally {
      await rm(directory, { recursive: true, force: true });
    }
  }

  #config(directory: string, entries: readonly CorpusEntry[], destinations: readonly string[]): object {
    return {
      exit_after_auth: true,
      vault: { address: this.#vault.address, retry: { num_retries: -1 } },
      auto_auth: { method: [{ type: "token_file", config: { token_file_path: join(directory, "token") } }] },
      template_config: { exit_on_retry_failure: true },
      template: entries.map((entry, index) => ({
        contents: entry.template,
        destination: destinations[index],
        error_on_missing_key: entry.missingKeyIsError ?? false,
        left_delimiter: entry.leftDelimiter ?? "{{",
        right_delimiter: entry.rightDelimiter ?? "}}",
      })),
    };
  }

  #run(directory: string): Promise<boolean> {
    return new Promise((resolve) => {
      const args = ["agent", `-config=${join(directory, "agent.json")}`];
      const env = { PATH: process.env.PATH, HOME: directory, ...CORPUS_ENVIRONMENT };
      execFile(this.#binary, args, { env, timeout: TIMEOUT_MILLISECONDS }, (error) =>
        resolve(error === null),
      );
    });
  }
}
