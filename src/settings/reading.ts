import { KeycardError } from "../errors.ts";
import { parseArguments } from "./arguments.ts";
import type { CalledAs, Setting, SettingTable, ValuesOf } from "./setting.ts";

/** The process environment, or a test's. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** Every mistake in flags and environment at once, one a line. */
export class SettingsError extends KeycardError {
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    const count = mistakes.length === 1 ? "A setting is" : `${mistakes.length} settings are`;
    super("KEYCARD_SETTINGS", `${count} wrong:\n${mistakes.map((mistake) => `  ${mistake}`).join("\n")}`);
    this.name = "SettingsError";
    this.mistakes = mistakes;
  }
}

/** Settings as they were written, with where each came from. */
export interface Reading<Table extends SettingTable> {
  readonly values: ValuesOf<Table>;
  /** Where a value that is not a default came from: a variable's name, or a flag with its dash. */
  readonly origins: ReadonlyMap<keyof Table & string, string>;
  readonly mistakes: readonly string[];
  /** Settings that were written, but in a way that cannot be read. */
  readonly mistaken: ReadonlySet<keyof Table & string>;
}

/**
 * Reads the settings of a table from flags and environment. The environment wins over flags, as it does for
 * the Vault Agent Injector; an empty variable counts as unset. Never throws: mistakes are collected, and the
 * value of a mistaken setting is its default.
 */
export function readSettings<Table extends SettingTable>(
  table: Table,
  args: readonly string[],
  env: Environment,
  calledAs: CalledAs,
): Reading<Table> {
  const { values: flags, mistakes: flagMistakes } = parseArguments(table, args);
  const mistakes = [...flagMistakes];
  const origins = new Map<keyof Table & string, string>();
  const mistaken = new Set<keyof Table & string>();
  const values: Record<string, unknown> = {};
  for (const [name, setting] of Object.entries(table)) {
    const fallback =
      calledAs === "agent-inject" ? (setting.dropInFallback ?? setting.fallback) : setting.fallback;
    values[name] = setting.grammar.parse(fallback);
    const written = writtenValue(setting, flags, env);
    if (!written) continue;
    const parsed = setting.grammar.parse(written.text);
    if (parsed === undefined) {
      mistaken.add(name);
      mistakes.push(`${written.origin}: expected ${setting.grammar.expects}, got ${quoted(written.text)}`);
    } else {
      values[name] = parsed;
      origins.set(name, written.origin);
    }
  }
  return { values: values as ValuesOf<Table>, origins, mistakes, mistaken };
}

function writtenValue(
  setting: Setting<unknown>,
  flags: ReadonlyMap<string, string>,
  env: Environment,
): { readonly origin: string; readonly text: string } | undefined {
  for (const variable of setting.variables) {
    const value = env[variable];
    if (value !== undefined && value !== "") return { origin: variable, text: value };
  }
  for (const flag of setting.flags) {
    const value = flags.get(flag);
    if (value !== undefined) return { origin: `-${flag}`, text: value };
  }
  return undefined;
}

/** A value for a message: shortened, and without the credentials of a URL. */
function quoted(value: string): string {
  const shown = value.replace(/\/\/[^/@]*@/, "//…@");
  return JSON.stringify(shown.length > 80 ? `${shown.slice(0, 80)}…` : shown);
}
