import { expect, test } from "vitest";
import { createRenderer } from "../../src/agent/rendering.ts";
import * as templates from "../../src/templates/index.ts";

async function rendered(text: string, variables: Readonly<Record<string, string>>): Promise<string> {
  const template = {
    name: "app",
    source: { kind: "inline", text },
    destination: "/vault/secrets/app",
    leftDelimiter: "{{",
    rightDelimiter: "}}",
    errorOnMissingKey: false,
    mode: 0o644,
  } as const;
  const renderer = await createRenderer({
    config: { templates: [template], postgres: [], writableDirectories: [] },
    templates,
    applicationName: "",
    variable: (name) => variables[name],
  });
  const [only] = renderer.render(new Map());
  if (only?.result.kind !== "outputs") throw new Error(`not rendered: ${JSON.stringify(only)}`);
  const [output] = only.result.outputs;
  return output?.kind === "file" ? Buffer.from(output.content).toString() : "";
}

test("a template sees the variables it names", async () => {
  expect(await rendered('{{ env "NAMESPACE" }}:{{ env "NOT_SET" }}', { NAMESPACE: "shop" })).toBe("shop:");
});
