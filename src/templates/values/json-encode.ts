import { runeAt } from "../bytes.ts";
import { FunctionError } from "../errors.ts";
import { formatFloat } from "../format/format-float.ts";
import type { Meter } from "../limits.ts";
import { JsonNumber } from "./json-number.ts";
import { integerOf, isIntegerValue, typeOf } from "./kinds.ts";
import { compareKeys } from "./sort-keys.ts";
import { Integer, List, MapValue, NilPointer, type ObjectValue, Struct, type Value } from "./value.ts";
import { countWhole } from "./weight.ts";

export interface JsonStyle {
  /** Writes `<`, `>` and `&` as escapes. */
  readonly escapeHtml: boolean;
  /** Spaces a level; 0: all on one line. */
  readonly indent: number;
}

const ESCAPES: Readonly<Record<string, string>> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\f": "\\f",
  "\n": "\\n",
  "\r": "\\r",
  "\t": "\\t",
};
const LINE_SEPARATORS: Readonly<Record<number, string>> = { 8232: "\\u2028", 8233: "\\u2029" };
/** Deeper values can only be cycles or attacks. */
const MAX_DEPTH = 1000;

/** A string as JSON, as Go writes it: what is not UTF-8 becomes U+FFFD's escape. */
function quoteJson(bytes: string, escapeHtml: boolean): string {
  const plain = escapeHtml ? /^[ !#-%'-;=?-[\]-\x7f]*$/ : /^[ !#-[\]-\x7f]*$/;
  if (plain.test(bytes)) return `"${bytes}"`;
  let quoted = '"';
  for (let index = 0; index < bytes.length; ) {
    const { codePoint, size, valid } = runeAt(bytes, index);
    const character = bytes.slice(index, index + size);
    index += size;
    const isHtml = escapeHtml && (character === "<" || character === ">" || character === "&");
    if (!valid) quoted += "\\ufffd";
    else if (ESCAPES[character]) quoted += ESCAPES[character];
    else if (codePoint < 0x20 || isHtml) quoted += `\\u${codePoint.toString(16).padStart(4, "0")}`;
    else quoted += LINE_SEPARATORS[codePoint] ?? character;
  }
  return `${quoted}"`;
}

function floatText(value: number): string {
  if (!Number.isFinite(value)) throw new FunctionError("JSON has no infinity and no NaN");
  const magnitude = Math.abs(value);
  if (magnitude === 0 || (magnitude >= 1e-6 && magnitude < 1e21)) return formatFloat(value, "f", -1);
  return formatFloat(value, "e", -1).replace(/e-0(\d)$/, "e-$1");
}

function keyText(key: Value): string {
  if (typeof key === "string") return key;
  if (key instanceof JsonNumber) return key.text;
  if (isIntegerValue(key)) return String(integerOf(key));
  throw new FunctionError(`a map with keys of type ${typeOf(key)} is no JSON object`);
}

class Encoder {
  readonly #style: JsonStyle;
  #depth = 0;

  constructor(style: JsonStyle) {
    this.#style = style;
  }

  encode(value: Value): string {
    if (value === undefined || value === null) return "null";
    if (typeof value === "string") return quoteJson(value, this.#style.escapeHtml);
    if (typeof value === "number") return floatText(value);
    if (typeof value !== "object") return String(value);
    return this.#object(value);
  }

  #object(value: ObjectValue): string {
    if (value instanceof Integer) return String(value.value);
    if (value instanceof JsonNumber) return value.text === "" ? "0" : value.text;
    if (value instanceof NilPointer) return "null";
    if (value instanceof List) return value.isNil ? "null" : this.#list(value.items);
    if (value instanceof MapValue) return this.#map(value);
    if (value instanceof Struct) return this.#members([...value.fields]);
    const text = value.encoded() ?? value.stringer();
    if (text === undefined || value.kind === "chan")
      throw new FunctionError(`JSON has nothing for type ${value.type}`);
    return quoteJson(text, this.#style.escapeHtml);
  }

  #map(map: MapValue): string {
    if (map.isNil) return "null";
    if (map.keyType === "interface {}") throw new FunctionError(`JSON has nothing for type ${map.type}`);
    const members = [...map.entries()].map(([key, value]) => [keyText(key), value] as const);
    return this.#members(members.sort(([a], [b]) => compareKeys(a, b)));
  }

  #list(items: readonly Value[]): string {
    return this.#enclosed("[", "]", items, (item) => this.encode(item));
  }

  #members(members: readonly (readonly [string, Value])[]): string {
    const colon = this.#style.indent > 0 ? ": " : ":";
    return this.#enclosed("{", "}", members, ([key, value]) => {
      return quoteJson(key, this.#style.escapeHtml) + colon + this.encode(value);
    });
  }

  #enclosed<Item>(
    open: string,
    close: string,
    items: readonly Item[],
    encode: (item: Item) => string,
  ): string {
    if (items.length === 0) return open + close;
    if (++this.#depth > MAX_DEPTH) throw new FunctionError("the value nests too deep for JSON");
    const texts = items.map(encode);
    this.#depth--;
    const { indent } = this.#style;
    if (indent === 0) return open + texts.join(",") + close;
    const inner = `\n${" ".repeat(indent * (this.#depth + 1))}`;
    return `${open}${inner}${texts.join(`,${inner}`)}\n${" ".repeat(indent * this.#depth)}${close}`;
  }
}

/**
 * A value as JSON (bytes), as Go's `encoding/json` writes it.
 * @throws LimitError, FunctionError if JSON has nothing for it.
 */
export function encodeJson(value: Value, style: JsonStyle, meter: Meter): string {
  countWhole(value, meter);
  return new Encoder(style).encode(value);
}
