import { describe, expect, test } from "vitest";
import { createRenderer } from "../../src/agent/rendering.ts";
import * as templates from "../../src/templates/index.ts";

async function render(text: string, variables: Readonly<Record<string, string>>) {
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
    variables: new Map(Object.entries(variables)),
  });
  const [only] = renderer.render(new Map());
  return only?.result;
}

/** What each file would hold. */
async function rendered(text: string, variables: Readonly<Record<string, string>> = {}) {
  const result = await render(text, variables);
  if (result?.kind !== "outputs") throw new Error(`not rendered: ${JSON.stringify(result)}`);
  return Object.fromEntries(
    result.outputs.map((output) => [
      output.path,
      output.kind === "file" ? Buffer.from(output.content).toString() : "",
    ]),
  );
}

const APP = "/vault/secrets/app";

test("a template sees the variables it names", async () => {
  const files = await rendered('{{ env "NAMESPACE" }}:{{ env "NOT_SET" }}', { NAMESPACE: "shop" });
  expect(files).toEqual({ [APP]: "shop:" });
});

test("a program that a template starts sees the same variables, and no others", async () => {
  const files = await rendered(
    `{{ plugin "${process.execPath}" "-p" "Object.keys(process.env).sort().join()" }}`,
    {
      NAMESPACE: "shop",
      POD_IP: "10.0.0.1",
    },
  );
  expect(files).toEqual({ [APP]: "NAMESPACE,POD_IP" });
});

test("a program that fails fails the template", async () => {
  expect(await render(`{{ plugin "${process.execPath}" "-e" "process.exit(3)" }}`, {})).toMatchObject({
    kind: "failed",
    error: { message: expect.stringContaining("exit status 3") },
  });
});

describe("a file that a template writes beside its own", () => {
  const write = (owner: string) => `{{ "text" | writeToFile "/vault/secrets/other" "${owner}" "" "0600" }}`;

  test.each([
    ["nobody in particular", ""],
    ["the agent's own user", String(process.getuid?.())],
  ])("may belong to %s", async (_, owner) => {
    expect(await rendered(write(owner))).toMatchObject({ "/vault/secrets/other": "text" });
  });

  test("is seen by the template already, and holds what the template appended", async () => {
    const append = (content: string) =>
      `{{ "${content}" | writeToFile "/vault/secrets/o" "" "" "0600" "append" }}`;
    const text = `${append("a")}{{ file "/vault/secrets/o" }}${append("b")},{{ file "/vault/secrets/o" }}`;
    expect(await rendered(text)).toEqual({ [APP]: "a,ab", "/vault/secrets/o": "ab" });
  });

  test("may be appended to a hundred thousand times", async () => {
    const content = "x".repeat(100);
    const text = `{{ range loop 100000 }}{{ "${content}" | writeToFile "/vault/secrets/o" "" "" "0600" "append" }}{{ end }}`;
    expect((await rendered(text))["/vault/secrets/o"]).toHaveLength(10_000_000);
  });

  test("may not belong to somebody else", async () => {
    expect(await render(write("12345"), {})).toMatchObject({
      kind: "failed",
      error: { code: "KEYCARD_AGENT_FILE_OWNER" },
    });
  });
});
