import type { Grammar } from "./grammar.ts";

/** How the command was called: by its own name, or as the Vault Agent Injector's command. */
export type CalledAs = "webhook" | "agent-inject";

/** One setting: where it is written, what it may be, what it is when nobody says. */
export interface Setting<T> {
  /** Names without dashes; the first is the documented one. */
  readonly flags: readonly string[];
  /** Environment variables; the first that is set and not empty counts, before any flag. */
  readonly variables: readonly string[];
  readonly grammar: Grammar<T>;
  /** Written as a user would write it. */
  readonly fallback: string;
  /** The default when started as `agent-inject`, where it is another one. */
  readonly dropInFallback?: string;
  /** One sentence for help and documentation. */
  readonly help: string;
}

/** Settings by the name that code uses for them. */
export type SettingTable = Readonly<Record<string, Setting<unknown>>>;

/** The values of a table's settings. */
export type ValuesOf<Table extends SettingTable> = {
  readonly [Name in keyof Table]: Table[Name] extends Setting<infer Value> ? Value : never;
};

/**
 * A setting that the Vault Agent Injector has too. `suffix` is its variable without `AGENT_INJECT_`; the
 * doubled prefix is read first because the injector's parser does so for most of its variables.
 */
export function injectorSetting<T>(
  flag: string | undefined,
  suffix: string,
  grammar: Grammar<T>,
  fallback: string,
  help: string,
): Setting<T> {
  const variable = `AGENT_INJECT_${suffix}`;
  const variables = suffix.startsWith("TLS_") ? [variable, suffix] : [variable, `AGENT_INJECT_${variable}`];
  return { flags: flag === undefined ? [] : [flag], variables, grammar, fallback, help };
}

/**
 * A setting of the Vault Agent Injector that its OpenBao counterpart names after OpenBao: `flag` and
 * `suffix` without `vault-` and `VAULT_`.
 */
export function vaultSetting<T>(
  flag: string,
  suffix: string,
  grammar: Grammar<T>,
  fallback: string,
  help: string,
): Setting<T> {
  return {
    flags: [`vault-${flag}`, `bao-${flag}`],
    variables: [
      `AGENT_INJECT_BAO_${suffix}`,
      `AGENT_INJECT_VAULT_${suffix}`,
      `AGENT_INJECT_AGENT_INJECT_VAULT_${suffix}`,
    ],
    grammar,
    fallback,
    help,
  };
}

/** A setting of our own: a variable under `KEYCARD_`, no flag. */
export function keycardSetting<T>(
  suffix: string,
  grammar: Grammar<T>,
  fallback: string,
  help: string,
  dropInFallback?: string,
): Setting<T> {
  const setting = { flags: [], variables: [`KEYCARD_${suffix}`], grammar, fallback, help };
  return dropInFallback === undefined ? setting : { ...setting, dropInFallback };
}

/** The name that documentation and messages use for a setting. */
export function documentedName(setting: Setting<unknown>): string {
  const vault = setting.variables.find((name) => name.startsWith("AGENT_INJECT_VAULT_"));
  return vault ?? setting.variables[0] ?? `-${setting.flags[0]}`;
}
