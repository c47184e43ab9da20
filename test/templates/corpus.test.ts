import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { corpusTopics, readCorpus, recordedOutcome } from "./corpus.ts";
import { createReplayRenderer } from "./corpus-renderer.ts";

const exchanges = JSON.parse(readFileSync(new URL("exchanges.json", import.meta.url), "utf8"));
const render = createReplayRenderer(exchanges);

describe.each(corpusTopics())("templates about %s", (topic) => {
  test.each(readCorpus(topic))("$template", async (entry) => {
    const outcome = await render(entry);
    expect(outcome?.toString("latin1") ?? "fails").toBe(
      recordedOutcome(entry)?.toString("latin1") ?? "fails",
    );
  });
});
