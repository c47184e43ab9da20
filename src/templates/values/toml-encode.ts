import { FunctionError } from "../errors.ts";
import { formatFloat } from "../format/format-float.ts";
import type { Meter } from "../limits.ts";
import { JsonNumber } from "./json-number.ts";
import { integerOf, isIntegerValue, typeOf } from "./kinds.ts";
import { sortedEntries } from "./sort-keys.ts";
import { List, MapValue, NilPointer, ObjectValue, Struct, type Value } from "./value.ts";
import { countWhole } from "./weight.ts";

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
};

function quoteToml(text: string): string {
  const body = [...text].map((byte) => {
    const isControl = byte < " " || byte === "\x7f";
    return ESCAPES[byte] ?? (isControl ? `\\u${byte.charCodeAt(0).toString(16).padStart(4, "0")}` : byte);
  });
  return `"${body.join("")}"`;
}

const shownKey = (part: string): string => (/^[\w-]+$/.test(part) ? part : quoteToml(part));

const isNothing = (value: Value): boolean =>
  value === null ||
  value === undefined ||
  value instanceof NilPointer ||
  ((value instanceof MapValue || value instanceof List) && value.isNil);

type Table = MapValue | Struct;
const isTable = (value: Value): value is Table => value instanceof MapValue || value instanceof Struct;

function isTableArray(value: Value): value is List {
  if (!(value instanceof List) || value.items.length === 0) return false;
  if (value.items.some(isNothing)) throw new FunctionError("TOML has no array with a nil element");
  return value.items.every(isTable);
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value > 0 ? "inf" : "-inf";
  const text = formatFloat(value, "f", -1);
  return text.includes(".") ? text : `${text}.0`;
}

function numberText({ text }: JsonNumber): string {
  if (text === "") return "0";
  if (/^-?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text))
    return BigInt(text).toString();
  return floatText(Number(text));
}

function entriesOf(table: Table): readonly (readonly [string, Value])[] {
  if (table instanceof Struct) return [...table.fields];
  if (table.keyType !== "string")
    throw new FunctionError("TOML has no tables with keys that are not strings");
  return sortedEntries(table).map(([key, value]) => [key as string, value] as const);
}

/** A table's entries: first those that stand on one line, then the tables in it. */
function partition(table: Table): readonly (readonly (readonly [string, Value])[])[] {
  const entries = entriesOf(table);
  const isSub = ([, value]: readonly [string, Value]): boolean =>
    !isNothing(value) && (isTable(value) || isTableArray(value));
  return [entries.filter((entry) => !isSub(entry)), entries.filter(isSub)];
}

class Encoder {
  #out = "";

  encode(value: Value): string {
    if (value === null || value === undefined) throw new FunctionError("TOML has no nil");
    this.#entry([], value);
    return this.#out;
  }

  #newline(): void {
    if (this.#out !== "") this.#out += "\n";
  }

  #entry(key: readonly string[], value: Value): void {
    if (isNothing(value)) return;
    if (isTable(value)) this.#table(key, value);
    else if (isTableArray(value)) this.#tableArray(key, value);
    else {
      const name = key[key.length - 1];
      if (name === undefined) this.#out += this.#element(value);
      else {
        this.#out += `${indentOf(key)}${shownKey(name)} = ${this.#element(value)}`;
        this.#newline();
      }
    }
  }

  #table(key: readonly string[], table: Table): void {
    if (key.length === 1) this.#newline();
    if (key.length > 0) this.#out += `${indentOf(key)}[${key.map(shownKey).join(".")}]\n`;
    this.#content(key, table);
  }

  #tableArray(key: readonly string[], list: List): void {
    if (key.length === 0) throw new FunctionError("TOML has no array of tables at the top level");
    for (const item of list.items) {
      this.#newline();
      this.#out += `${indentOf(key)}[[${key.map(shownKey).join(".")}]]\n`;
      this.#content(key, item as Table);
    }
  }

  #content(key: readonly string[], table: Table): void {
    for (const [name, value] of partition(table).flat()) this.#entry([...key, name], value);
  }

  #element(value: Value): string {
    if (typeof value === "string") return quoteToml(value);
    if (typeof value === "boolean") return String(value);
    if (typeof value === "number") return floatText(value);
    if (isIntegerValue(value)) return String(integerOf(value));
    if (value instanceof JsonNumber) return numberText(value);
    if (value instanceof List) return `[${value.items.map((item) => this.#element(item)).join(", ")}]`;
    if (isTable(value)) return this.#inline(value);
    const encoded = value instanceof ObjectValue ? value.encoded() : undefined;
    if (encoded !== undefined) return encoded;
    throw new FunctionError(`TOML has nothing for type ${typeOf(value)}`);
  }

  /** A comma follows every entry but the last, even if the last is nil and not written. */
  #inline(table: Table): string {
    const [direct = [], sub = []] = partition(table);
    const shown = (entries: readonly (readonly [string, Value])[], moreFollow: boolean): string =>
      entries
        .map(([name, value], index) => {
          if (isNothing(value)) return "";
          const comma = moreFollow || index < entries.length - 1 ? ", " : "";
          return `${shownKey(name)} = ${this.#element(value)}${comma}`;
        })
        .join("");
    return `{${shown(direct, sub.length > 0)}${shown(sub, false)}}`;
  }
}

const indentOf = (key: readonly string[]): string => "  ".repeat(Math.max(key.length - 1, 0));

/**
 * A value as TOML (bytes), as BurntSushi/toml writes it.
 * @throws LimitError, FunctionError if TOML has nothing for it.
 */
export function encodeToml(value: Value, meter: Meter): string {
  countWhole(value, meter);
  return new Encoder().encode(value);
}
