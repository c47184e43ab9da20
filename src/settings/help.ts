import { injectionTable } from "./injection-table.ts";
import { serverTable } from "./server-table.ts";
import { documentedName, type Setting, type SettingTable } from "./setting.ts";

const SECTIONS: readonly (readonly [title: string, table: SettingTable])[] = [
  ["The server", serverTable],
  ["What pods get", injectionTable],
];

/** The text of `keycard webhook --help`. */
export function webhookHelp(): string {
  const lines = [
    "Usage: keycard webhook [-FLAG=VALUE…]",
    "       keycard agent-inject [-FLAG=VALUE…]   as the Vault Agent Injector is started",
    "",
    "Serves the mutating admission webhook over HTTPS. Every setting is an environment variable; those of",
    "the Vault Agent Injector have a flag as well. The environment wins over flags, and an empty variable",
    "counts as unset.",
  ];
  for (const [title, table] of SECTIONS) {
    lines.push("", `${title}:`);
    for (const setting of Object.values(table)) lines.push(...helpOf(setting));
  }
  return lines.join("\n");
}

function helpOf(setting: Setting<unknown>): string[] {
  const flags = setting.flags.map((flag) => `, -${flag}`).join("");
  return [
    `  ${documentedName(setting)}${flags} (${setting.grammar.placeholder}${defaultOf(setting)})`,
    ...wrapped(setting.help, 92).map((line) => `      ${line}`),
  ];
}

function defaultOf(setting: Setting<unknown>): string {
  const dropIn = setting.dropInFallback === undefined ? "" : `; as agent-inject ${setting.dropInFallback}`;
  return setting.fallback === "" ? dropIn : `; default ${setting.fallback}${dropIn}`;
}

function wrapped(sentence: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of sentence.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else {
      line = line === "" ? word : `${line} ${word}`;
    }
  }
  return [...lines, line];
}

/** The text of docs/settings.md. */
export function settingsDocument(): string {
  const lines = [
    "# Settings of the webhook",
    "",
    "<!-- Made by scripts/generate-docs.ts from the tables in src/settings: change them there. -->",
    "",
    "`keycard webhook` and its alias `keycard agent-inject` take every flag and every `AGENT_INJECT_*` variable of the",
    "Vault Agent Injector, with the same meaning and precedence, and settings of their own, which are `KEYCARD_*`",
    "variables. `keycard inject` reads the same variables from the section [What pods get](#what-pods-get).",
    "",
    "- The environment wins over flags. An empty variable counts as unset.",
    "- Flags are written `-name=value`, `-name value` or with two dashes; a boolean one may stand alone.",
    "- Other words on the command line are ignored; an unknown flag is an error.",
    "- Mistakes are all reported at once at start, and the exit code is 1.",
    "- Variables of the Vault Agent Injector are also read with a doubled prefix (`AGENT_INJECT_AGENT_INJECT_…`), those",
    "  of TLS also without one (`TLS_CERT_FILE`), as the injector's own parser does. With OpenBao's names,",
    "  `AGENT_INJECT_BAO_*` is read before `AGENT_INJECT_VAULT_*`.",
  ];
  for (const [title, table] of SECTIONS) {
    lines.push("", `## ${title}`, "", "| Variable | Flag | Default | Meaning |", "| --- | --- | --- | --- |");
    for (const setting of Object.values(table)) lines.push(rowOf(setting));
  }
  return `${lines.join("\n")}\n`;
}

function rowOf(setting: Setting<unknown>): string {
  const flags = setting.flags.map((flag) => `\`-${flag}\``).join(", ");
  const dropIn =
    setting.dropInFallback === undefined ? "" : `; as \`agent-inject\`: \`${setting.dropInFallback}\``;
  const fallback = setting.fallback === "" ? "" : `\`${setting.fallback}\``;
  const meaning = `${setting.help} (${setting.grammar.expects})`;
  return `| \`${documentedName(setting)}\` | ${flags} | ${fallback}${dropIn} | ${meaning.replaceAll("|", "\\|")} |`;
}
