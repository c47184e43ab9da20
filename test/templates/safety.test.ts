import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  loadTemplateLibraries,
  parseTemplate,
  type RenderLimits,
  renderTemplate,
  TemplateError,
} from "../../src/templates/index.ts";
import { contextOf, failureOf, render, secretOf } from "./render.ts";

const limited = (limits: Partial<RenderLimits>) => ({ limits });

/** Two lists of forty levels, each of which holds the next one twice. */
const NESTED =
  "{{ $a := sprig_list 1 }}{{ $b := sprig_list 1 }}" +
  "{{ range loop 40 }}{{ $a = sprig_list $a $a }}{{ $b = sprig_list $b $b }}{{ end }}";

describe("limits", () => {
  test.each([
    ["an endless loop", "{{ range loop 9000000000000000000 }}{{ end }}", {}],
    ["a loop over a huge integer", "{{ range 9000000000000000000 }}x{{ end }}", {}],
    ["a template that calls itself", '{{ define "a" }}{{ template "a" }}{{ end }}{{ template "a" }}', {}],
    [
      "a template that executes itself",
      '{{ define "a" }}{{ executeTemplate "a" }}{{ end }}{{ template "a" }}',
      {},
    ],
    ["repetition", '{{ sprig_repeat 1000000000 "xxxx" }}', {}],
    ["a long list", "{{ sprig_until 1000000000 }}", {}],
    ["a deep indentation", '{{ indent 1000000000 "a" }}', {}],
    ["replacement that grows", '{{ $x := sprig_repeat 100000 "a" }}{{ replaceAll "a" $x $x }}', {}],
    [
      "a regular expression that grows",
      '{{ $x := sprig_repeat 100000 "a" }}{{ regexReplaceAll "a" $x $x }}',
      {},
    ],
    [
      "a large expression on a long text",
      '{{ regexMatch (sprig_repeat 1000 "(a|b)*c?") (sprig_repeat 10000 "a") }}',
      {},
    ],
    [
      "an expression that hides behind a quoted bracket",
      '{{ regexMatch (print "\\\\Q[\\\\E?" (sprig_repeat 100 "(a?b?){1000}") "]?[cd]") (sprig_repeat 20000 "ab") }}',
      {},
    ],
    ["an expression that repeats itself", '{{ regexMatch (sprig_repeat 1000 "(ab){1000}") "a" }}', {}],
    [
      "a large expression once again and again",
      '{{ range loop 1000 }}{{ $x := regexMatch "a{900}" "a" }}{{ end }}',
      { steps: 200_000 },
    ],
    [
      "a digest of much, often",
      '{{ $x := sprig_repeat 1000000 "a" }}{{ range loop 1000 }}{{ $y := md5sum $x }}{{ end }}',
      {},
    ],
    [
      "a long list gone through often",
      "{{ $x := sprig_until 50000 }}{{ range loop 1000 }}{{ $y := sprig_has -1 $x }}{{ end }}",
      { steps: 100_000 },
    ],
    ["much YAML", '{{ $x := parseYAML (sprig_repeat 500000 "- a\\n") }}', {}],
    ["a list that is many times in itself, printed", `${NESTED}{{ $a }}`, {}],
    ["a list that is many times in itself, as JSON", `${NESTED}{{ toJSON $a }}`, {}],
    ["a list that is many times in itself, as indented JSON", `${NESTED}{{ toJSONPretty $a }}`, {}],
    ["a list that is many times in itself, as YAML", `${NESTED}{{ toYAML $a }}`, {}],
    ["a list that is many times in itself, as TOML", `${NESTED}{{ toTOML (sprig_dict "a" $a) }}`, {}],
    ["a list that is many times in itself, dumped", `${NESTED}{{ spew_sdump $a }}`, {}],
    ["a list that is many times in itself, joined", `${NESTED}{{ sprig_join "" $a }}`, {}],
    ["a list that is many times in itself, copied", `${NESTED}{{ sprig_deepCopy $a }}`, {}],
    ["lists that are many times in themselves, compared", `${NESTED}{{ sprig_deepEqual $a $b }}`, {}],
    ["lists that are many times in themselves, searched", `${NESTED}{{ sprig_has $a (sprig_list $b) }}`, {}],
    [
      "maps that are many times in themselves, merged",
      '{{ $a := sprig_dict "x" 1 }}{{ $b := sprig_dict "y" 1 }}{{ range loop 40 }}' +
        '{{ $a = sprig_dict "p" $a "q" $a }}{{ $b = sprig_dict "p" $b "q" $b }}{{ end }}{{ mergeMap $a $b }}',
      {},
    ],
    [
      "one value printed often by one format",
      '{{ printf (sprig_repeat 10000 "%[1]v") (sprig_until 10000) }}',
      {},
    ],
    ["many digits by one format", '{{ printf (sprig_repeat 1000 "%.1000000[1]f") 1.5 }}', {}],
    ["a list of which every number is padded", '{{ printf "%1000000d" (sprig_until 10000) }}', {}],
    ["much padding by one format", '{{ printf (sprig_repeat 1000 "%01000000[1]d") 1 }}', {}],
    ["doubling", '{{ $x := "a" }}{{ range loop 60 }}{{ $x = print $x $x }}{{ end }}', {}],
    ["too much output", "{{ range loop 100 }}0123456789{{ end }}", { outputBytes: 500 }],
    ["too many steps", "{{ range loop 100 }}{{ 1 }}{{ end }}", { steps: 50 }],
    [
      "an alias bomb",
      '{{ parseYAML "a: &a [1,1]\\nb: &b [*a,*a]\\nc: &c [*b,*b]\\nd: [*c,*c]" }}',
      { steps: 20 },
    ],
  ])("%s ends with an error", async (_, text, limits) => {
    expect((await failureOf(text, limited(limits))).code).toBe("KEYCARD_TEMPLATE_LIMIT");
  });

  test("time that nobody counted ends with an error too", async () => {
    let milliseconds = 0;
    const now = () => new Date(milliseconds++);
    const error = await failureOf("{{ range loop 100000 }}{{ 1 }}{{ end }}", { now, limits: { seconds: 1 } });
    expect(error.message).toContain("more than 1 seconds");
  });

  test("an honest template stays far below them", async () => {
    const { output } = await render("{{ range $i := loop 1000 }}{{ $i | printf `%d` | toUpper }}\n{{ end }}");
    expect(output.split("\n")).toHaveLength(1001);
  });

  test.each(["{{ (".padEnd(20_000, "("), "{{ if 1 }}".repeat(5_000), "{{ range 1 }}".repeat(5_000)])(
    "nesting beyond reason is refused when it is parsed (%#)",
    (text) => {
      expect(() => parseTemplate(text, { name: "deep" })).toThrow(TemplateError);
    },
  );

  test("a regular expression that backtracks elsewhere is matched in linear time", async () => {
    const { output } = await render('{{ regexMatch "^(a+)+$" (print (sprig_repeat 5000 "a") "b") }}');
    expect(output).toBe("false");
  });

  test.each([
    ["a number that is none", 'parseFloat (print (sprig_repeat 300000 "1") "x")', "not a number"],
    ["a class without an end", 'regexMatch (print "[" (sprig_repeat 40 "\\\\a")) "x"', "missing closing ]"],
    ["a version range of blanks", 'sprig_semverCompare (sprig_repeat 300000 " ") "1.0"', "too long"],
  ])("%s is refused in linear time", async (_, action, problem) => {
    expect((await failureOf(`{{ ${action} }}`)).message).toContain(problem);
  });

  test.each([
    ["slashes inside a path", 'sprig_base (print (sprig_repeat 300000 "/") "x/")', "x"],
    ["slashes inside a secret's path", 'secret (print "a" (sprig_repeat 300000 "/") "x")', "<no value>"],
    ["a list in YAML", "toYAML (sprig_until 100000) | len", "788889"],
    ["aliases in YAML", 'len (parseYAML (print "a: &a x\\nb: [" (sprig_repeat 30000 "*a,") "]")).b', "30000"],
    ["a line without blanks", 'sprig_wrapWith 1 "\\n" (sprig_repeat 1000000 "a") | len', "1999999"],
  ])("%s are gone through in linear time", async (_, action, output) => {
    expect((await render(`{{ ${action} }}`)).output).toBe(output);
  });
});

describe("what a template can reach", () => {
  test("environment variables are only asked for by name", async () => {
    const asked: string[] = [];
    const environment = (name: string) => {
      asked.push(name);
      return "v";
    };
    await render('{{ env "A" }}{{ envOrDefault "B" "" }}', { environment });
    expect(asked).toEqual(["A", "B"]);
  });

  test("which files may be read is the caller's decision", async () => {
    const readFile = (path: string) => {
      if (path.startsWith("/vault/secrets/")) return Buffer.from("content");
      throw new Error(`${path} is outside of /vault/secrets`);
    };
    expect((await render('{{ file "/vault/secrets/a" }}', { readFile })).output).toBe("content");
    const error = await failureOf('{{ file "/etc/passwd" }}', { readFile });
    expect(error.message).toContain("/etc/passwd is outside of /vault/secrets");
  });

  test("files are only written where the caller offers it", async () => {
    const text = '{{ "x" | writeToFile "/a" "" "" "4640" "newline" }}';
    expect((await failureOf(text)).message).toContain("function is disabled");
    const written: unknown[] = [];
    await render(text, { writeFile: (write) => written.push({ ...write, content: String(write.content) }) });
    expect(written).toEqual([
      { path: "/a", content: "x\n", append: false, mode: 0o640, user: "", group: "" },
    ]);
  });

  test("programs are only started where the caller offers it", async () => {
    expect((await failureOf('{{ plugin "/bin/true" }}')).message).toContain("function is disabled here");
    const started: unknown[] = [];
    const runProgram = (file: string, args: readonly string[]) => {
      started.push([file, args]);
      return Buffer.from(" a\n\n");
    };
    const text = '[{{ plugin "" }}{{ plugin "/p/é" " x \\n" "" "  " "y z" }}]';
    expect((await render(text, { runProgram })).output).toBe("[a]");
    expect(started).toEqual([["/p/é", ["x", "y z"]]]);
    const endless = await failureOf('{{ range loop 1000 }}{{ plugin "/p" }}{{ end }}', { runProgram });
    expect(endless.code).toBe("KEYCARD_TEMPLATE_LIMIT");
  });

  test("names of JavaScript's own objects are ordinary keys", async () => {
    const lookup = () => secretOf(JSON.parse('{"__proto__":"p","constructor":"c"}'));
    const text =
      '{{ with secret "a" }}{{ .Data.__proto__ }}{{ .Data.constructor }}{{ .Data.toString }}{{ end }}';
    expect((await render(text, { lookup })).output).toBe("pc<no value>");
  });
});

const pieces = fc.constantFrom(
  "{{",
  "}}",
  "{{-",
  "-}}",
  "(",
  ")",
  "|",
  ":=",
  "=",
  ",",
  "$",
  "$x",
  ".",
  ".A",
  "..",
  " ",
  "\n",
  '"',
  '"a"',
  "`",
  "'a'",
  "1",
  "-",
  "0x",
  "1e9",
  "nil",
  "true",
  "if",
  "else",
  "end",
  "range",
  "with",
  "define",
  "block",
  "template",
  "break",
  "/*",
  "*/",
  "printf",
  "index",
  "len",
  "toJSON",
  "sprig_list",
  "parseYAML",
  "é",
  "\\",
);
const templateText = fc.oneof(
  fc.string({ unit: "binary" }),
  fc.array(pieces, { maxLength: 40 }).map((parts) => parts.join("")),
);

describe("any text at all", () => {
  test("parses, or ends with a TemplateError", () => {
    fc.assert(
      fc.property(templateText, (text) => {
        try {
          parseTemplate(text, { name: "any" });
        } catch (error) {
          expect(error).toBeInstanceOf(TemplateError);
        }
      }),
      { numRuns: 2_000 },
    );
  });

  test("renders, or ends with a TemplateError, and the same way every time", async () => {
    await fc.assert(
      fc.asyncProperty(templateText, async (text) => {
        const outcome = async (): Promise<string> => {
          try {
            const template = parseTemplate(text, { name: "any" });
            await loadTemplateLibraries(template);
            return renderTemplate(template, contextOf(limited({ steps: 10_000 }))).output;
          } catch (error) {
            expect(error).toBeInstanceOf(TemplateError);
            return String(error);
          }
        };
        expect(await outcome()).toBe(await outcome());
      }),
      { numRuns: 500 },
    );
  });

  test("without delimiters is its own output", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (text) => {
        fc.pre(!text.includes("{{"));
        expect((await render(text)).output).toBe(text);
      }),
    );
  });

  test("survives as a string literal", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), async (text) => {
        const { output } = await render(`{{ ${JSON.stringify(text)} }}`);
        expect(output).toBe(text);
      }),
    );
  });
});
