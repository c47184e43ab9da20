import { runeCount, runesOf } from "../bytes.ts";
import { FunctionError } from "../errors.ts";
import { formatFloat } from "../format/format-float.ts";
import type { Meter } from "../limits.ts";
import { JsonNumber } from "../values/json-number.ts";
import { integerOf, isIntegerValue } from "../values/kinds.ts";
import { List, MapValue, NilPointer, Struct, type Value } from "../values/value.ts";
import { countWhole } from "../values/weight.ts";
import { compareYamlKeys } from "./key-order.ts";
import { resolvePlain } from "./resolve.ts";
import { type Place, writeScalar } from "./scalar.ts";

const INDENT = 2;
/** Longer keys are written with a question mark. */
const LONGEST_SIMPLE_KEY = 128;
const MAX_DEPTH = 500;
/** YAML 1.1 breaks lines at NEL, LS and PS too. */
const LINE_BREAK = /[\n\r]|\xc2\x85|\xe2\x80[\xa8\xa9]/;
/** Those of them that are written as they are, and all before the last one. */
const TO_LAST_BREAK = /^[\s\S]*(?:\n|\xe2\x80[\xa8\xa9])/;
const BASE_60 = /^[-+]?\d[\d_]*(?::[0-5]?\d)+(?:\.[\d_]*)?$/;

/** A scalar's text, and how it would like to be written. */
interface Scalar {
  readonly text: string;
  readonly style: "plain" | "double" | "literal";
  readonly tag?: string;
}

function isUtf8(bytes: string): boolean {
  for (const { valid } of runesOf(bytes)) if (!valid) return false;
  return true;
}

/** Base64 in lines of 70, as a value that is not UTF-8 is written. */
function binary(bytes: string): Scalar {
  const encoded = Buffer.from(bytes, "latin1").toString("base64");
  const lines =
    encoded.length / 70 >= 1 ? (encoded.match(/.{1,70}/g) ?? []).map((line) => `${line}\n`) : [encoded];
  const text = lines.join("");
  return { text, style: text.includes("\n") ? "literal" : "plain", tag: "!!binary" };
}

function stringScalar(text: string): Scalar {
  if (!isUtf8(text)) return binary(text);
  if (text.includes("\n")) return { text, style: "literal" };
  const isPlain = resolvePlain(text).tag === "str" && !BASE_60.test(text);
  return { text, style: isPlain ? "plain" : "double" };
}

function floatText(value: number): string {
  if (Number.isNaN(value)) return ".nan";
  if (!Number.isFinite(value)) return value > 0 ? ".inf" : "-.inf";
  return formatFloat(value, "g", -1);
}

function numberScalar({ text }: JsonNumber): Scalar {
  if (/^-?\d+$/.test(text) && BigInt.asIntN(64, BigInt(text)) === BigInt(text)) {
    return { text: BigInt(text).toString(), style: "plain" };
  }
  const value = Number(text);
  return text !== "" && Number.isFinite(value)
    ? { text: floatText(value), style: "plain" }
    : stringScalar(text);
}

/** A value that is written on its own; undefined: it is a list or a map. */
function scalarOf(value: Value): Scalar | undefined {
  if (value === null || value === undefined || value instanceof NilPointer)
    return { text: "null", style: "plain" };
  if (typeof value === "string") return stringScalar(value);
  if (typeof value === "boolean") return { text: String(value), style: "plain" };
  if (typeof value === "number") return { text: floatText(value), style: "plain" };
  if (isIntegerValue(value)) return { text: String(integerOf(value)), style: "plain" };
  if (value instanceof JsonNumber) return numberScalar(value);
  if (value instanceof List || value instanceof MapValue || value instanceof Struct) return undefined;
  const encoded = value.encoded();
  if (encoded !== undefined) return { text: encoded, style: "plain" };
  const text = value.stringer();
  if (text === undefined || value.kind === "chan")
    throw new FunctionError(`cannot marshal type: ${value.type}`);
  return stringScalar(text);
}

type Entry = readonly [key: Value, value: Value];

function entriesOf(value: MapValue | Struct): readonly Entry[] {
  if (value instanceof MapValue) return [...value.entries()].sort(([a], [b]) => compareYamlKeys(a, b));
  return [...value.fields].map(([name, field]) => [name.toLowerCase(), field] as const);
}

/** Writes block style with two spaces a level; lists inside maps are not indented. */
class Encoder {
  /** Whole lines, with their line breaks, and the one that is being written. */
  readonly #lines: string[] = [];
  #line = "";
  #depth = 0;

  encode(value: Value): string {
    this.#node(value, -1, false);
    return this.#lines.join("") + this.#line;
  }

  #write(text: string): void {
    const end = TO_LAST_BREAK.exec(text)?.[0].length ?? 0;
    if (end > 0) {
      this.#lines.push(this.#line + text.slice(0, end));
      this.#line = "";
    }
    this.#line += text.slice(end);
  }

  get #column(): number {
    return runeCount(this.#line);
  }

  #separate(): void {
    if (this.#line !== "" && !this.#line.endsWith(" ")) this.#write(" ");
  }

  #scalar({ text, style, tag }: Scalar, indent: number, isKey: boolean): void {
    this.#separate();
    if (tag !== undefined) this.#write(`${tag} `);
    const place: Place = { column: this.#column, indent: indent < 0 ? INDENT : indent + INDENT, isKey };
    this.#write(writeScalar(text, style, place));
  }

  /** `indent`: of what the node is in; `inMap`: it is the value of a key. */
  #node(value: Value, indent: number, inMap: boolean): void {
    const scalar = scalarOf(value);
    if (scalar) {
      this.#scalar(scalar, indent, false);
      return;
    }
    if (++this.#depth > MAX_DEPTH) throw new FunctionError("the value nests too deep for YAML");
    if (value instanceof List) this.#list(value, indent, inMap);
    else this.#map(entriesOf(value as MapValue | Struct), indent);
    this.#depth--;
  }

  #list(list: List, indent: number, inMap: boolean): void {
    if (list.items.length === 0) {
      this.#separate();
      this.#write("[]");
      return;
    }
    const inner = indent < 0 ? 0 : inMap ? indent : indent + INDENT;
    for (const item of list.items) {
      this.#startLine(inner);
      this.#write("-");
      this.#node(item, inner, false);
    }
  }

  #map(entries: readonly Entry[], indent: number): void {
    if (entries.length === 0) {
      this.#separate();
      this.#write("{}");
      return;
    }
    const inner = indent < 0 ? 0 : indent + INDENT;
    for (const [key, value] of entries) {
      this.#startLine(inner);
      const isSimple = this.#key(key, inner);
      this.#write(":");
      this.#node(value, inner, isSimple);
    }
  }

  /** Writes a key; false: it was none that fits on the line before a colon, so a question mark leads it. */
  #key(key: Value, indent: number): boolean {
    const scalar = scalarOf(key);
    if (scalar && scalar.text.length <= LONGEST_SIMPLE_KEY && !LINE_BREAK.test(scalar.text)) {
      this.#scalar(scalar, indent, true);
      return true;
    }
    this.#write("?");
    this.#node(key, indent, false);
    this.#startLine(indent);
    return false;
  }

  /** Begins a line at an indentation, or stays right behind `- ` or `: ` if that is where it would begin. */
  #startLine(indent: number): void {
    if (this.#line === "" && this.#lines.length === 0) return;
    if (this.#onlyIndicators() && this.#column < indent) {
      this.#write(" ".repeat(indent - this.#column));
      return;
    }
    if (this.#line !== "") this.#write("\n");
    this.#write(" ".repeat(indent));
  }

  #onlyIndicators(): boolean {
    return /^[ ?:-]*[?:-]$/.test(this.#line);
  }
}

/**
 * A value as YAML (bytes), as gopkg.in/yaml.v2 writes it.
 * @throws LimitError, FunctionError if YAML has nothing for it.
 */
export function encodeYaml(value: Value, meter: Meter): string {
  countWhole(value, meter);
  return new Encoder().encode(value);
}
