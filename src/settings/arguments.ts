import type { Setting, SettingTable } from "./setting.ts";

/** What a command line says: flag values by the flag's name, and what is wrong with it. */
export interface ParsedArguments {
  /** By flag name without dashes; of a repeated flag, the last one. */
  readonly values: ReadonlyMap<string, string>;
  readonly mistakes: readonly string[];
}

/**
 * Reads flags in the notation of Go's flag package: `-name=value`, `-name value`, one dash or two, and
 * `-name` alone for a boolean. Words that are no flags are ignored, as the Vault Agent Injector's manifests
 * pass some (a literal `2>&1`).
 */
export function parseArguments(table: SettingTable, args: readonly string[]): ParsedArguments {
  const settings = new Map<string, Setting<unknown>>();
  for (const setting of Object.values(table)) {
    for (const flag of setting.flags) settings.set(flag, setting);
  }
  const values = new Map<string, string>();
  const mistakes: string[] = [];
  const rest = [...args];
  for (let word = rest.shift(); word !== undefined && word !== "--"; word = rest.shift()) {
    const match = /^--?([^-=][^=]*)(?:=([\s\S]*))?$/.exec(word);
    if (!match) continue;
    const [, name = "", value] = match;
    const setting = settings.get(name);
    if (!setting) {
      mistakes.push(`-${name}: there is no such flag`);
    } else if (value !== undefined) {
      values.set(name, value);
    } else if (setting.grammar.isSwitch) {
      values.set(name, "true");
    } else {
      const next = rest.shift();
      if (next === undefined) mistakes.push(`-${name}: a value must follow`);
      else values.set(name, next);
    }
  }
  return { values, mistakes };
}
