import { readFile } from "node:fs/promises";
import { describe, expect, it } from "vitest";
import { settingsDocument, webhookHelp } from "../../src/settings/help.ts";
import { documentedName } from "../../src/settings/setting.ts";
import { webhookTable } from "../../src/settings/webhook.ts";

describe("help", () => {
  it("names every setting and every flag", () => {
    const help = webhookHelp();
    for (const setting of Object.values(webhookTable)) {
      expect(help).toContain(documentedName(setting));
      for (const flag of setting.flags) expect(help).toContain(`-${flag}`);
    }
  });

  it("fits a terminal of 110 columns where it can wrap", () => {
    const texts = webhookHelp()
      .split("\n")
      .filter((line) => line.startsWith("      "));
    expect(texts.filter((line) => line.length > 110)).toEqual([]);
  });
});

describe("docs/settings.md", () => {
  it("is what the tables say: npm run docs makes it so", async () => {
    const document = await readFile(new URL("../../docs/settings.md", import.meta.url), "utf8");
    expect(document).toBe(settingsDocument());
  });
});
