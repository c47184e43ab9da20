import { parseDuration } from "./duration.ts";
import type { Findings } from "./findings.ts";
import { parseBoolean, parseFloatingPoint, parseInteger, parseUnsignedInteger } from "./go-values.ts";
import { quoted } from "./printable.ts";
import { parseQuantity, type Quantity } from "./quantity.ts";
import type { EngineName, InjectionSettings } from "./settings.ts";
import type { AnnotationSpec } from "./spec.ts";
import { type AnnotationName, type NameOf, nameWith, specOf } from "./table.ts";
import type { Written, WrittenAnnotations } from "./written.ts";

/** One pod's annotations while they are read. Readers return a harmless value where they find a problem. */
export interface Reading {
  readonly written: WrittenAnnotations;
  readonly settings: InjectionSettings;
  readonly engine: EngineName;
  /** Refuse what the Vault Agent Injector would pass on unseen: engine `native` always, the other on demand. */
  readonly strict: boolean;
  readonly findings: Findings;
}

type Named = "plain" | "per-secret" | "both" | "companion";

/** What was written under a name of the table, if this pod's engine understands it. */
export function writtenAs(reading: Reading, name: AnnotationName, secret?: string): Written | undefined {
  const { byName } = reading.written;
  // A name without NAME is written only where the table lets it stand alone.
  const own = secret === undefined ? undefined : byName.get(nameWith(name, secret));
  const found = own ?? byName.get(name);
  return found?.spec.engines.includes(reading.engine) ? found : undefined;
}

/** Says what is wrong with a value, under the key that holds it. */
export function reject(reading: Reading, written: Written, message: string, policy?: string): void {
  const place = written.on === "namespace" ? "on the Namespace: " : "";
  reading.findings.problem(written.key, place + message, policy);
}

export function readText(reading: Reading, name: NameOf<"text", Named>, secret?: string): string {
  const { text, written } = textOf(reading, name, secret);
  checkStrictly(reading, text, written);
  return text;
}

/** An empty value means `false`, as it does for the Vault Agent Injector. */
export function readBoolean(reading: Reading, name: NameOf<"boolean", Named>, secret?: string): boolean {
  return (
    parsed(reading, name, secret, "true or false", (text) => (text === "" ? false : parseBoolean(text))) ??
    false
  );
}

/** What somebody wrote; undefined when nobody did. */
export function readOptionalBoolean(
  reading: Reading,
  name: NameOf<"boolean", Named>,
  secret?: string,
): boolean | undefined {
  return writtenAs(reading, name, secret) === undefined ? undefined : readBoolean(reading, name, secret);
}

/** An empty value means 0, except where that would mean root. */
export function readInteger(reading: Reading, name: NameOf<"integer">): number {
  const rootIsZero = name === "agent-run-as-user" || name === "agent-run-as-group";
  const parse = (text: string) => (text === "" && !rootIsZero ? 0 : parseInteger(text));
  return checkedNumber(reading, name, parsed(reading, name, undefined, "a whole number", parse));
}

export function readUnsignedInteger(reading: Reading, name: NameOf<"unsigned integer">): number {
  return parsed(reading, name, undefined, "a whole number without a unit", parseUnsignedInteger) ?? 0;
}

export function readNumber(reading: Reading, name: NameOf<"number">): number {
  return checkedNumber(reading, name, parsed(reading, name, undefined, "a number", parseFloatingPoint));
}

/** A Go duration as written; an empty one means none. */
export function readDuration(reading: Reading, name: NameOf<"duration">): string {
  const parse = (text: string) => (text === "" || parseDuration(text) !== undefined ? text : undefined);
  const text = parsed(reading, name, undefined, "a duration such as 30s or 1m30s", parse) ?? "";
  checkStrictly(reading, text, writtenAs(reading, name));
  return text;
}

/** A duration in seconds; what is shorter than a second counts as one. */
export function readWholeSeconds(reading: Reading, name: NameOf<"duration">): number {
  const nanoseconds = parseDuration(readDuration(reading, name)) ?? 0n;
  return Number((nanoseconds + 999_999_999n) / 1_000_000_000n);
}

/** A quantity; undefined for an empty one, which leaves the entry out. */
export function readQuantity(reading: Reading, name: NameOf<"quantity">): Quantity | undefined {
  const none = { canonical: "", nano: 0n };
  const parse = (text: string) => (text === "" ? none : parseQuantity(text));
  const quantity = parsed(reading, name, undefined, "a quantity such as 250m or 64Mi", parse) ?? none;
  const written = writtenAs(reading, name);
  if (reading.strict && written !== undefined && quantity.nano < 0n) {
    reject(reading, written, `expected a quantity that is not negative, got ${quoted(written.value)}`);
  }
  return quantity === none ? undefined : quantity;
}

/** Entries between commas: as they are for engine `vault-agent`, trimmed and without empty ones when strict. */
export function readList(reading: Reading, name: NameOf<"list">): readonly string[] {
  const { text } = textOf(reading, name);
  const entries = text.split(",");
  return reading.strict ? entries.map((entry) => entry.trim()).filter((entry) => entry !== "") : entries;
}

/** One of the table's words, in any case. */
export function readChoice(reading: Reading, name: NameOf<"choice">, secret?: string): string {
  const choices = specOf(name).choices ?? [];
  const parse = (text: string) => choices.find((choice) => choice === text.toLowerCase());
  return parsed(reading, name, secret, choices.join(" or "), parse) ?? choices[0] ?? "";
}

function textOf(
  reading: Reading,
  name: AnnotationName,
  secret?: string,
): { readonly text: string; readonly written: Written | undefined } {
  const written = writtenAs(reading, name, secret);
  if (written !== undefined) return { text: written.value, written };
  return { text: defaultText(specOf(name), reading), written };
}

function defaultText(spec: AnnotationSpec, reading: Reading): string {
  switch (spec.default.kind) {
    case "constant":
      return spec.default.text;
    case "setting":
      return spec.default.of(reading.settings, reading.engine);
    default:
      return "";
  }
}

function parsed<T>(
  reading: Reading,
  name: AnnotationName,
  secret: string | undefined,
  expects: string,
  parse: (text: string) => T | undefined,
): T | undefined {
  const { text, written } = textOf(reading, name, secret);
  const value = parse(text);
  if (value === undefined) {
    const message = `expected ${expects}, got ${quoted(text)}`;
    if (written !== undefined) reject(reading, written, message);
    else reading.findings.problem("", `the operator's default of ${name} is wrong: ${message}`);
  }
  return value;
}

function checkedNumber(
  reading: Reading,
  name: NameOf<"integer" | "number">,
  number: number | undefined,
): number {
  if (number === undefined) return 0;
  checkStrictly(reading, String(number), writtenAs(reading, name));
  return number;
}

function checkStrictly(reading: Reading, text: string, written: Written | undefined): void {
  const rule = reading.strict ? written?.spec.strict : undefined;
  if (written !== undefined && rule !== undefined && !rule.test(text)) {
    reject(reading, written, `expected ${rule.expects}, got ${quoted(text)}`);
  }
}
