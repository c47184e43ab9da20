import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parse } from "yaml";
import { injectionSettings } from "../../src/settings/injection.ts";
import { MANIFESTS } from "./manifest-files.ts";

const CHART = join(MANIFESTS, "helm", "keycard");

interface Schema {
  readonly $ref?: string;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
}

const values: unknown = parse(await readFile(join(CHART, "values.yaml"), "utf8"));
const schema = JSON.parse(await readFile(join(CHART, "values.schema.json"), "utf8")) as Schema & {
  readonly $defs: Readonly<Record<string, Schema>>;
};

/** Every name in an object, as a path; what the schema leaves open is one name. */
function paths(value: unknown, of: Schema, at = ""): readonly string[] {
  const properties = resolve(of).properties;
  if (!properties || typeof value !== "object" || value === null) return [at];
  return Object.entries(value).flatMap(([name, inner]) =>
    paths(inner, properties[name] ?? {}, `${at}.${name}`),
  );
}

function declared(of: Schema, at = ""): readonly string[] {
  const properties = resolve(of).properties;
  if (!properties) return [at];
  return Object.entries(properties).flatMap(([name, inner]) => declared(inner, `${at}.${name}`));
}

function resolve(of: Schema): Schema {
  return of.$ref ? (schema.$defs[of.$ref.replace("#/$defs/", "")] ?? {}) : of;
}

describe("the chart's values", () => {
  it("are all in the schema, and the schema's all have a default", () => {
    const budget = ".injector.podDisruptionBudget";
    // Either of the two is given, not both, so that neither can be a default.
    const either = new Set([`${budget}.maxUnavailable`, `${budget}.minAvailable`]);
    expect([...paths(values, schema)].sort()).toEqual(
      declared(schema)
        .filter((path) => !either.has(path))
        .sort(),
    );
  });

  it("that are not known are refused, but for other charts' globals", () => {
    const open: string[] = [];
    const walk = (of: Schema, at: string): void => {
      const { properties, additionalProperties } = resolve(of);
      if (!properties) return;
      if (additionalProperties !== false) open.push(at);
      for (const [name, inner] of Object.entries(properties)) walk(inner, `${at}.${name}`);
    };
    walk(schema, "");
    expect(open).toEqual([".global"]);
  });
});

it("either half of engine vault-agent's image is enough: the other is the webhook's own default", async () => {
  const [repository, tag] = injectionSettings({}).vaultImage.split(":");
  const template = await readFile(join(CHART, "templates", "_environment.tpl"), "utf8");
  expect(template).toContain(
    `{{- if or .repository .tag }}\n- name: AGENT_INJECT_VAULT_IMAGE\n` +
      `  value: {{ .repository | default "${repository}" }}:{{ .tag | default "${tag}" }}\n`,
  );
});
