/**
 * `node test/bench/templates.ts`: how long templates take to parse and to render, in microseconds, the median
 * of rounds. A script, not a test: the numbers depend on the machine.
 */
import {
  decodeSecret,
  defaultTemplate,
  loadTemplateLibraries,
  parseTemplate,
  type RenderContext,
  renderTemplate,
} from "../../src/templates/index.ts";

const ROUNDS = 15;
const RUNS_A_ROUND = 2_000;

const secret = decodeSecret(
  JSON.stringify({
    request_id: "00000000-0000-0000-0000-000000000000",
    lease_id: "database/creds/app-role/abcdef",
    lease_duration: 3600,
    renewable: true,
    data: { username: "v-kubernet-app-role-abcdefgh-1700000000", password: "A1a-0123456789abcdefghij" },
  }),
);
const context: RenderContext = {
  lookup: () => secret,
  environment: () => undefined,
  readFile: () => new Uint8Array(),
  now: () => new Date(0),
  randomBytes: (count) => new Uint8Array(count),
};

const TEMPLATES: Readonly<Record<string, string>> = {
  "default (map)": defaultTemplate("map", "database/creds/app-role"),
  "default (json)": defaultTemplate("json", "database/creds/app-role"),
  "database URL":
    '{{- with secret "database/creds/app-role" -}}postgresql://{{ .Data.username }}:{{ .Data.password | urlquery }}@db:5432/app{{- end }}',
  YAML: '{{ with secret "database/creds/app-role" }}{{ .Data | toYAML }}{{ end }}',
  Sprig: '{{ with secret "a" }}{{ .Data.username | sprig_trunc 8 | sprig_upper | sprig_quote }}{{ end }}',
  "loop of 1000": "{{ range $i := loop 1000 }}{{ $i }},{{ end }}",
};

function medianMicroseconds(work: () => void, runs: number): number {
  const samples: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = process.hrtime.bigint();
    for (let run = 0; run < runs; run++) work();
    samples.push(Number(process.hrtime.bigint() - start) / 1000 / runs);
  }
  samples.sort((a, b) => a - b);
  return samples[Math.floor(samples.length / 2)] ?? Number.NaN;
}

for (const [name, text] of Object.entries(TEMPLATES)) {
  const template = parseTemplate(text, { name });
  await loadTemplateLibraries(template);
  const runs = name.startsWith("loop") ? RUNS_A_ROUND / 100 : RUNS_A_ROUND;
  const parse = medianMicroseconds(() => parseTemplate(text, { name }), RUNS_A_ROUND / 10);
  const render = medianMicroseconds(() => renderTemplate(template, context), runs);
  console.log(
    `${name.padEnd(16)} parse ${parse.toFixed(1).padStart(8)} µs   render ${render.toFixed(1).padStart(8)} µs`,
  );
}
