import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseAllDocuments } from "yaml";
import { ANNOTATIONS } from "../../src/annotations/table.ts";
import { type InjectedManifest, injectManifest } from "../../src/cli/inject/inject-manifest.ts";
import { readManifest } from "../../src/cli/inject/manifest.ts";
import { injectionSettings } from "../../src/settings/injection.ts";

const ROOT = join(import.meta.dirname, "../golden");
const ENGINES = ["native", "vault-agent"];

/**
 * One directory a case: `input.yaml`, what injection makes of it (`expected.yaml`, absent when denied), what
 * it says about it (`expected.txt`), and the agents' configurations out of their variables
 * (`expected-config.json`). `environment` holds the operator's settings, where they are not the defaults.
 *
 * `npx vitest run --project unit test/injection/golden -u` writes the expectations anew: read the difference.
 */
describe.each(ENGINES)("engine %s", (engine) => {
  const cases = readdirSync(join(ROOT, engine));

  it.each(cases)("%s", async (name) => {
    const directory = join(ROOT, engine, name);
    const settings = injectionSettings({
      KEYCARD_ENGINE: engine,
      AGENT_INJECT_VAULT_ADDR: "https://vault.vault.svc:8200",
      ...environmentOf(directory),
    });
    const input = readFileSync(join(directory, "input.yaml"), "utf8");
    const result = injectManifest(readManifest(input, "input.yaml"), "default", settings);

    await expect(`${result.report.join("\n")}\n`).toMatchFileSnapshot(join(directory, "expected.txt"));
    if (result.denied) {
      expect(existsSync(join(directory, "expected.yaml"))).toBe(false);
      return;
    }
    const text = textOf(result);
    await expect(text).toMatchFileSnapshot(join(directory, "expected.yaml"));
    await expect(configurationsIn(text)).toMatchFileSnapshot(join(directory, "expected-config.json"));

    const again = injectManifest(readManifest(text, "expected.yaml"), "default", settings);
    expect(textOf(again)).toBe(text);
  });

  it("has a case for every annotation that it uses", () => {
    const inputs = cases
      .map((name) => readFileSync(join(ROOT, engine, name, "input.yaml"), "utf8"))
      .join("\n");
    const missing = ANNOTATIONS.filter(({ engines }) => engines.some((used) => used === engine))
      .map(({ name }) => name.replace("NAME", "[^/:]+").replace("keycard.dev/", "keycard\\.dev/"))
      .filter(
        (name) => !new RegExp(`^ +(?:vault\\.hashicorp\\.com/)?${name}(?:-[^/:]+)?: `, "m").test(inputs),
      );
    expect(missing).toEqual([]);
  });
});

function textOf({ parts }: InjectedManifest): string {
  return parts.map(({ after }) => after).join("");
}

function environmentOf(directory: string): Record<string, string> {
  const file = join(directory, "environment");
  if (!existsSync(file)) {
    return {};
  }
  const lines = readFileSync(file, "utf8").trim().split("\n");
  return Object.fromEntries(
    lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]),
  );
}

/** The configurations in the agents' variables, by container, for a reviewer to read. */
function configurationsIn(text: string): string {
  const found: Record<string, unknown> = {};
  for (const document of parseAllDocuments(text)) {
    const { spec } = document.toJS();
    for (const container of [...(spec.initContainers ?? []), ...spec.containers]) {
      for (const { name, value } of container.env ?? []) {
        if (name === "KEYCARD_AGENT_CONFIG") {
          found[container.name] = JSON.parse(value.replaceAll("$$", "$"));
        } else if (name === "VAULT_CONFIG" || name === "BAO_CONFIG") {
          found[container.name] = JSON.parse(Buffer.from(value, "base64").toString("utf8"));
        }
      }
    }
  }
  return `${JSON.stringify(found, null, 2)}\n`;
}
