import { describe, expect, test } from "vitest";
import {
  defaultTemplate,
  loadTemplateLibraries,
  parseTemplate,
  renderTemplate,
} from "../../src/templates/index.ts";
import { contextOf, render, secretOf } from "./render.ts";

describe("a pass over a template", () => {
  test("names everything that is missing, and goes on", async () => {
    const result = await render(
      '{{ with secret "a" }}x{{ end }}{{ range secrets "b" }}{{ end }}{{ with pkiCert "c" "n=1" }}{{ end }}!',
    );
    expect(result.missing.map(({ kind, path }) => `${kind} ${path}`)).toEqual([
      "secret a",
      "secrets b",
      "pkiCert c",
    ]);
    expect(result.output).toBe("!");
  });

  test("counts a path used several times once", async () => {
    const lookup = () => secretOf({ u: "x" });
    const text = '{{ with secret "a" }}{{ .Data.u }}{{ end }}{{ with secret "/a/" }}{{ .Data.u }}{{ end }}';
    const result = await render(text, { lookup });
    expect(result.output).toBe("xx");
    expect(result.used).toHaveLength(1);
    expect(result.missing).toHaveLength(0);
  });

  test("finds out what depends on what was read before", async () => {
    const text = '{{ with secret "a" }}{{ with secret .Data.next }}{{ .Data.v }}{{ end }}{{ end }}';
    const first = secretOf({ next: "b" });
    const result = await render(text, { lookup: ({ path }) => (path === "a" ? first : undefined) });
    expect(result.missing.map(({ path }) => path)).toEqual(["b"]);
  });

  test("keeps the digits of numbers", async () => {
    const text = '{{ with secret "a" }}{{ .Data.n }} {{ .Data.big }} {{ .Data | toJSON }}{{ end }}';
    const { decodeSecret } = await import("../../src/templates/index.ts");
    const lookup = () => decodeSecret('{"data":{"n":1.50,"big":12345678901234567890}}');
    expect((await render(text, { lookup })).output).toBe(
      '1.50 12345678901234567890 {"big":12345678901234567890,"n":1.50}',
    );
  });

  test("hands on bytes that are not UTF-8", async () => {
    const { bytes } = await render('{{ base64Decode "/v3/" }}');
    expect([...bytes]).toEqual([0xfe, 0xfd, 0xff]);
  });

  test("can be repeated with the same template", async () => {
    const template = parseTemplate(
      '{{ scratch.Set "n" 1 }}{{ scratch.Get "n" }}{{ scratch.Key "m" }}{{ scratch.Set "m" 1 }}',
      {
        name: "t",
      },
    );
    await loadTemplateLibraries(template);
    const outputs = [1, 2].map(() => renderTemplate(template, contextOf()).output);
    expect(outputs).toEqual(["1false", "1false"]);
  });
});

describe("the clock and chance are the caller's", () => {
  test.each([
    ["{{ timestamp }}", "2026-02-03T04:05:06Z"],
    ['{{ timestamp "unix" }}', "1770091506"],
    ['{{ timestamp "Mon, 02 Jan 2006 15:04:05.000 MST" }}', "Tue, 03 Feb 2026 04:05:06.789 UTC"],
    ['{{ sprig_ago (sprig_toDate "2006-01-02" "2026-02-03") }}', "4h5m7s"],
    ["{{ sprig_randInt 3 4 }}", "3"],
  ])("%s", async (text, output) => {
    expect((await render(text)).output).toBe(output);
  });
});

describe("the default templates", () => {
  const lookup = () => secretOf({ username: "bob", password: "<x>", port: 5432 });

  test("map writes one line an entry, in the order of the keys", async () => {
    const { output } = await render(defaultTemplate("map", "database/creds/app"), { lookup });
    expect(output).toBe("password: <x>\nport: 5432\nusername: bob\n");
  });

  test("json writes the data on one line", async () => {
    const { output } = await render(defaultTemplate("json", "database/creds/app"), { lookup });
    expect(output).toBe('{"password":"\\u003cx\\u003e","port":5432,"username":"bob"}\n');
  });

  test.each(['a"b', "a\\b", "a\nb", 'x" }}{{ file "/etc/passwd" }}{{ "', "é", "`"])(
    "takes %j as a path, and nothing else",
    async (path) => {
      for (const kind of ["map", "json"] as const) {
        const { used } = await render(defaultTemplate(kind, path), { lookup });
        expect(used.map((dependency) => dependency.path)).toEqual([path]);
      }
    },
  );
});
