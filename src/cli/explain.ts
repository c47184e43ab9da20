import { findTopic, shownDefault, shownKey, shownNotes, shownType } from "../annotations/describe.ts";
import type { AnnotationSpec } from "../annotations/spec.ts";
import { SECTIONS } from "../annotations/table.ts";
import type { Command } from "./command.ts";

const WIDTH = 100;

/** Prints what an annotation means, from the table that reads it. */
export const explainCommand: Command = {
  name: "explain",
  summary: "tells what an annotation means",
  help: `Usage: keycard explain [ANNOTATION]

Without ANNOTATION: the name of every annotation, and what it is for.
ANNOTATION is a full key (vault.hashicorp.com/agent-inject), a name (agent-inject), or a name as it
stands on a pod (agent-inject-secret-db).

Exit codes: 0 explained; 2 there is no such annotation.`,
  async run(args, io) {
    const [asked, ...rest] = args;
    if (rest.length > 0 || asked?.startsWith("-")) {
      io.stderr.write('keycard explain: expected at most one annotation; see "keycard explain --help".\n');
      return 2;
    }
    if (asked === undefined) {
      io.stdout.write(`${overview()}\n`);
      return 0;
    }
    const topic = findTopic(asked);
    if (topic.kind === "found") {
      io.stdout.write(`${topic.specs.map(explanation).join("\n\n")}\n`);
      return 0;
    }
    const hint = topic.nearest === undefined ? "" : `; did you mean ${topic.nearest}?`;
    io.stderr.write(
      `keycard explain: there is no annotation ${JSON.stringify(asked.slice(0, 100))}${hint}\n`,
    );
    return 2;
  },
};

function overview(): string {
  return SECTIONS.map(({ title, specs }) => {
    const entries = specs.map(
      (spec) => `  ${shownKey(spec)}\n${wrapped(firstSentence(spec.help), "      ")}`,
    );
    return [title, ...entries].join("\n");
  }).join("\n\n");
}

function explanation(spec: AnnotationSpec): string {
  return [
    shownKey(spec),
    wrapped(plain(spec.help), "  "),
    "",
    field("Value", shownType(spec)),
    field("Default", plain(shownDefault(spec))),
    field("Engines", spec.engines.join(", ")),
    field("Namespace", spec.onNamespace ? "may give the default" : "has no say"),
    ...shownNotes(spec).map((note) => `\n${wrapped(plain(note), "  ")}`),
  ].join("\n");
}

function field(name: string, text: string): string {
  return wrapped(text, " ".repeat(14)).replace(" ".repeat(14), `  ${`${name}:`.padEnd(12)}`);
}

/** A sentence ends at a full stop that a space follows. */
function firstSentence(help: string): string {
  return plain(help.split(/(?<=[.])\s/, 1)[0] ?? help);
}

/** Without Markdown's marks. */
function plain(text: string): string {
  return text.replaceAll("`", "");
}

function wrapped(text: string, indent: string): string {
  const lines: string[] = [];
  let line = indent;
  for (const word of text.split(" ")) {
    if (line !== indent && line.length + 1 + word.length > WIDTH) {
      lines.push(line);
      line = indent;
    }
    line += line === indent ? word : ` ${word}`;
  }
  return [...lines, line].join("\n");
}
