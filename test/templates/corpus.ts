import { readdirSync, readFileSync, writeFileSync } from "node:fs";

/** One template of the corpus, and what Vault Agent makes of it. */
export interface CorpusEntry {
  readonly template: string;
  readonly leftDelimiter?: string;
  readonly rightDelimiter?: string;
  readonly missingKeyIsError?: boolean;
  /** What it renders to; as base64 where that is not UTF-8. */
  readonly output?: string;
  readonly outputBase64?: string;
  /** Vault Agent refuses or fails to render it. */
  readonly fails?: true;
}

/** What became of a template: its bytes, or undefined when it failed. */
export type Outcome = Buffer | undefined;

const DIRECTORY = new URL("corpus/", import.meta.url);

/** Environment in which the corpus is rendered. */
export const CORPUS_ENVIRONMENT = { CORPUS_VALUE: "hello world", CORPUS_EMPTY: "" };

export function corpusTopics(): string[] {
  return readdirSync(DIRECTORY)
    .filter((name) => name.endsWith(".json"))
    .map((name) => name.slice(0, -".json".length))
    .sort();
}

export function readCorpus(topic: string): CorpusEntry[] {
  return JSON.parse(readFileSync(new URL(`${topic}.json`, DIRECTORY), "utf8"));
}

/** Writes a topic with new outcomes. */
export function recordCorpus(
  topic: string,
  entries: readonly CorpusEntry[],
  outcomes: readonly Outcome[],
): void {
  const recorded = entries.map((entry, index) => withOutcome(entry, outcomes[index]));
  writeFileSync(new URL(`${topic}.json`, DIRECTORY), `${JSON.stringify(recorded, null, 2)}\n`);
}

function withOutcome(entry: CorpusEntry, outcome: Outcome): CorpusEntry {
  const { output: _output, outputBase64: _base64, fails: _fails, ...template } = entry;
  if (outcome === undefined) return { ...template, fails: true };
  const text = outcome.toString("utf8");
  return Buffer.from(text).equals(outcome)
    ? { ...template, output: text }
    : { ...template, outputBase64: outcome.toString("base64") };
}

/** What is recorded for an entry. */
export function recordedOutcome(entry: CorpusEntry): Outcome {
  if (entry.outputBase64 !== undefined) return Buffer.from(entry.outputBase64, "base64");
  return entry.output === undefined ? undefined : Buffer.from(entry.output);
}
