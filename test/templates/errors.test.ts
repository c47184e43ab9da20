import { describe, expect, test } from "vitest";
import { parseTemplate, TemplateError } from "../../src/templates/index.ts";
import { failureOf, secretOf } from "./render.ts";

function parseFailure(text: string): TemplateError {
  try {
    parseTemplate(text, { name: "app.env" });
  } catch (error) {
    if (error instanceof TemplateError) return error;
    throw error;
  }
  throw new Error(`the template parses: ${text}`);
}

describe("a template that cannot be parsed", () => {
  test.each([
    ["{{ if true }}", "app.env:1:14: unexpected end of file; expected {{end}}"],
    ["a\nb {{ .x", "app.env:2:3: unclosed action; expected }}"],
    ['é {{ "x }}', 'app.env:1:6: unterminated quoted string; expected "'],
    ["{{ ( 1 }}", "app.env:1:8: unclosed left parenthesis; expected )"],
    ["{{ 1 ) }}", "app.env:1:6: unexpected right parenthesis"],
    ["{{ end }}", "app.env:1:4: unexpected {{end}}"],
    ["{{ if }}{{ end }}", "app.env:1:7: missing value; expected a value for if"],
    ["{{ $x }}", "app.env:1:4: undefined variable $x"],
    ["{{ break }}", "app.env:1:4: {{break}} outside {{range}}"],
    ["{{ 1 | 2 }}", "app.env:1:8: 2 cannot take what is piped to it; expected a function"],
    ["{{ /* x }}", 'app.env:1:4: unexpected "/"; expected a command'],
    ["{{/* x }}", "app.env:1:1: unclosed comment; expected */ before the closing delimiter"],
    ["{{ 99999999999999999999 }}", "app.env:1:4: 99999999999999999999: integer overflow"],
    ['{{ "\\q" }}', 'app.env:1:4: invalid escape sequence in "\\q"'],
    ['{{ define "a" }}1{{ end }}{{ define "a" }}2{{ end }}', 'app.env:1:47: template "a" is defined twice'],
  ])("%j: the place and what was expected", (text, message) => {
    const error = parseFailure(text);
    expect(error.message).toBe(`template ${message}`);
    expect(error.code).toBe("KEYCARD_TEMPLATE_SYNTAX");
  });

  test("knows its line and column as numbers", () => {
    const { templateName, line, column } = parseFailure("one\ntwo\n  {{ $x }}");
    expect({ templateName, line, column }).toEqual({ templateName: "app.env", line: 3, column: 6 });
  });
});

describe("a function that cannot be called", () => {
  test.each([
    ["{{ uper .x }}", "KEYCARD_TEMPLATE_FUNCTION_UNKNOWN", "function uper is not defined"],
    ["{{ toUper .x }}", "KEYCARD_TEMPLATE_FUNCTION_UNKNOWN", "did you mean toUpper?"],
    ["{{ coalesce .x }}", "KEYCARD_TEMPLATE_FUNCTION_UNKNOWN", "did you mean sprig_coalesce?"],
    ['{{ key "a" }}', "KEYCARD_TEMPLATE_FUNCTION_UNSUPPORTED", "function key needs Consul"],
    ['{{ range service "web" }}{{ end }}', "KEYCARD_TEMPLATE_FUNCTION_UNSUPPORTED", "service needs Consul"],
    ['{{ nomadVar "a" }}', "KEYCARD_TEMPLATE_FUNCTION_UNSUPPORTED", "function nomadVar needs Nomad"],
  ])("%s is refused when it is parsed", (text, code, message) => {
    const error = parseFailure(text);
    expect(error.code).toBe(code);
    expect(error.message).toContain(message);
    expect(error.column).toBeGreaterThan(3);
  });
});

test("a template that reaches a limit says where", async () => {
  const error = await failureOf("a\n{{ range loop 100 }}\n  {{ 1 }}{{ end }}", { limits: { steps: 50 } });
  expect([error.line, error.column, error.message]).toEqual([
    3,
    6,
    expect.stringContaining("more than 50 steps"),
  ]);
});

describe("a template that fails while it renders", () => {
  test.each([
    ["{{ toUpper 1 }}", "test:1:12: at <1>: expected string"],
    ["{{ len 3 }}", "test:1:4: at <len>: error calling len: len of type int"],
    ['{{ "a" | join "," }}', "test:1:10: at <join>: wrong type for value; expected []string; got string"],
    ['\n {{ template "gone" }}', 'test:2:5: at <template>: template "gone" is not defined'],
    ["{{ divide 0 1 }}", "test:1:4: at <divide>: error calling divide: integer divide by zero"],
  ])("%j says where and why", async (text, message) => {
    const error = await failureOf(text);
    expect(error.message).toBe(`template ${message}`);
    expect(error.code).toBe("KEYCARD_TEMPLATE_EXECUTION");
  });

  test("names the missing key when missing keys are errors", async () => {
    const lookup = () => secretOf({ user: "a" });
    const error = await failureOf(
      '{{ with secret "a" }}{{ .Data.pasword }}{{ end }}',
      { lookup },
      { missingKeyIsError: true },
    );
    expect(error.message).toBe('template test:1:25: at <.Data.pasword>: map has no entry for key "pasword"');
  });

  test("says so when it uses a secret before it was read", async () => {
    const error = await failureOf('{{ (secret "kv/app").Data.user | toUpper }}');
    expect(error.message).toContain("kv/app has not been read yet");
  });

  test("does not repeat what is in a secret", async () => {
    const lookup = () => secretOf({ password: "hunter2-hunter2" });
    const error = await failureOf('{{ with secret "a" }}{{ sprig_fail .Data.password }}{{ end }}', {
      lookup,
    });
    expect(error.message).toContain("[redacted]");
    expect(error.message).not.toContain("hunter2");
  });

  test.each([
    [
      "that begins with another",
      { user: "hunter", password: "hunter2-hunter2" },
      "sprig_fail .Data.password",
    ],
    ["that is longer than a message", { password: "hunter2 ".repeat(1000) }, "mustEnv .Data.password"],
    ["that is quoted", { password: 'hunter2"\né' }, "executeTemplate .Data.password"],
    [
      "that lies deep",
      { password: JSON.parse(`${"[".repeat(100)}"hunter2-hunter2"${"]".repeat(100)}`) },
      `sprig_fail (print .Data.password)`,
    ],
    [
      "that holds itself",
      { password: "hunter2-hunter2" },
      'sprig_fail (sprig_set (sprig_set .Data "a" .Data) "b" .Data).password',
    ],
  ])("does not repeat a secret %s", async (_, data, action) => {
    const error = await failureOf(`{{ with secret "a" }}{{ ${action} }}{{ end }}`, {
      lookup: () => secretOf(data),
    });
    expect(error.message).toContain("[redacted]");
    expect(error.message).not.toMatch(/hunter|2-|\\n/);
  });

  test("is cut where it is longer than a log should hold", async () => {
    const error = await failureOf('{{ sprig_fail (sprig_repeat 100000 "x") }}');
    expect(error.message.length).toBeLessThan(1200);
  });

  test("tells that its libraries were not loaded", async () => {
    const { renderTemplate } = await import("../../src/templates/index.ts");
    const { contextOf } = await import("./render.ts");
    const template = parseTemplate('{{ toYAML "a" }}', { name: "test" });
    expect(() => renderTemplate(template, contextOf())).toThrow(
      expect.objectContaining({ code: "KEYCARD_TEMPLATE_LIBRARY_NOT_LOADED" }),
    );
  });
});
