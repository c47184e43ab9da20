import { encodeRune, runeAt, runeCount } from "../bytes.ts";
import { integerOf, isIntegerValue, isUnsigned, stringOf, typeOf } from "../values/kinds.ts";
import { sortedEntries } from "../values/sort-keys.ts";
import {
  Complex,
  type Integer,
  IntegerChannel,
  List,
  MapValue,
  NilPointer,
  ObjectValue,
  Struct,
  type Value,
} from "../values/value.ts";
import type { Flags } from "./flags.ts";
import { type FloatVerb, formatFloat, sharpFloat } from "./format-float.ts";
import { canBackquote, isPrintable, quote, quoteRune } from "./quote.ts";

/** Go prints addresses here; they mean nothing outside its process, so every one is the same. */
const ADDRESS = 0xc000000000n;
const BASES: Readonly<Record<string, number>> = { v: 10, d: 10, b: 2, o: 8, O: 8, x: 16, X: 16 };
const FLOAT_VERBS = "vbgGxXfFeE";

/** Formats single values as Go's fmt does, with one set of flags. */
export class Printer {
  readonly flags: Flags;
  #erroring = false;

  constructor(flags: Flags) {
    this.flags = flags;
  }

  /** An argument of `printf` and its relatives. */
  argument(value: Value, verb: string): string {
    if (value === undefined || value === null) {
      return verb === "T" || verb === "v" ? this.#pad("<nil>") : this.#badVerb(value, verb);
    }
    if (verb === "T") return this.#string(typeOf(value), "s", value);
    if (verb === "p") return this.#pointer(value, "p");
    return this.#value(value, verb, 0);
  }

  #value(value: Value, verb: string, depth: number): string {
    switch (typeof value) {
      case "string":
        return this.#string(value, verb, value);
      case "boolean":
        return verb === "t" || verb === "v" ? this.#pad(String(value)) : this.#badVerb(value, verb);
      case "number":
        return FLOAT_VERBS.includes(verb) ? this.#float(value, verb) : this.#badVerb(value, verb);
      case "bigint":
        return this.#integer(value, verb);
      case "undefined":
        return "<nil>";
      default:
        if (value === null) return this.flags.sharpV ? "interface {}(nil)" : "<nil>";
        return this.#object(value, verb, depth);
    }
  }

  #object(value: ObjectValue, verb: string, depth: number): string {
    if (!this.#erroring && !this.flags.sharpV && "vsxXq".includes(verb)) {
      const text = value.stringer();
      if (text !== undefined) return this.#string(text, verb, value);
    }
    if (isIntegerValue(value)) return this.#integer(value, verb);
    if (value instanceof Complex) return this.#complex(value, verb);
    const text = stringOf(value);
    if (text !== undefined) return this.#string(text, verb, value);
    if (value instanceof MapValue) return this.#map(value, verb, depth);
    if (value instanceof List) return this.#list(value, verb, depth);
    if (value instanceof Struct && (value.kind === "struct" || depth === 0)) {
      return (value.kind === "ptr" ? "&" : "") + this.#struct(value, verb, depth);
    }
    return this.#pointer(value, verb);
  }

  #map(value: MapValue, verb: string, depth: number): string {
    const entries = sortedEntries(value).map(
      ([key, item]) => `${this.#value(key, verb, depth + 1)}:${this.#value(item, verb, depth + 1)}`,
    );
    if (!this.flags.sharpV) return `map[${entries.join(" ")}]`;
    return value.isNil ? `${value.type}(nil)` : `${value.type}{${entries.join(", ")}}`;
  }

  #list(value: List, verb: string, depth: number): string {
    const items = value.items.map((item) => this.#value(item, verb, depth + 1));
    if (!this.flags.sharpV) return `[${items.join(" ")}]`;
    return value.isNil ? `${value.type}(nil)` : `${value.type}{${items.join(", ")}}`;
  }

  #struct(value: Struct, verb: string, depth: number): string {
    const named = this.flags.plusV || this.flags.sharpV;
    const fields = [...value.fields].map(
      ([name, field]) => (named ? `${name}:` : "") + this.#value(field, verb, depth + 1),
    );
    return this.flags.sharpV ? `${value.structType}{${fields.join(", ")}}` : `{${fields.join(" ")}}`;
  }

  #pointer(value: Value, verb: string): string {
    const isPointer =
      value instanceof NilPointer ||
      value instanceof IntegerChannel ||
      value instanceof MapValue ||
      value instanceof List ||
      (value instanceof ObjectValue && value.kind === "ptr");
    if (!isPointer) return this.#erroring ? `?${typeOf(value)}?` : this.#badVerb(value, verb);
    const address = value instanceof NilPointer ? 0n : ADDRESS;
    if (verb === "v") {
      if (this.flags.sharpV)
        return `(${typeOf(value)})(${address === 0n ? "nil" : `0x${address.toString(16)}`})`;
      return address === 0n ? this.#pad("<nil>") : `0x${address.toString(16)}`;
    }
    if (verb === "p") return (this.flags.sharp ? "" : "0x") + address.toString(16);
    return "bodxX".includes(verb) ? this.#integer(address, verb) : this.#badVerb(value, verb);
  }

  #badVerb(value: Value, verb: string): string {
    const shown = (): string => `${typeOf(value)}=${new Printer(this.flags).#plainly(value)}`;
    return `%!${verb}(${value === undefined || value === null ? "<nil>" : shown()})`;
  }

  #plainly(value: Value): string {
    this.#erroring = true;
    return this.#value(value, "v", 0);
  }

  #pad(text: string, zero = this.flags.zero): string {
    const missing = (this.flags.width ?? 0) - runeCount(text);
    if (missing <= 0) return text;
    if (this.flags.minus) return text + " ".repeat(missing);
    return (zero ? "0" : " ").repeat(missing) + text;
  }

  #string(text: string, verb: string, value: Value): string {
    switch (verb) {
      case "v":
        return this.flags.sharpV ? this.#quoted(text) : this.#pad(this.#truncated(text));
      case "s":
        return this.#pad(this.#truncated(text));
      case "q":
        return this.#quoted(text);
      case "x":
      case "X":
        return this.#hexBytes(text, verb);
      default:
        return this.#badVerb(value, verb);
    }
  }

  #truncated(text: string): string {
    if (this.flags.precision === undefined) return text;
    let end = 0;
    for (let count = 0; count < this.flags.precision && end < text.length; count++)
      end += runeAt(text, end).size;
    return text.slice(0, end);
  }

  #quoted(text: string): string {
    const shortened = this.#truncated(text);
    if (this.flags.sharp && canBackquote(shortened)) return this.#pad(`\`${shortened}\``);
    return this.#pad(quote(shortened, this.flags.plus));
  }

  #hexBytes(text: string, verb: string): string {
    const prefix = this.flags.sharp ? `0${verb}` : "";
    const bytes = [...text.slice(0, this.flags.precision ?? text.length)].map((byte) => {
      const digits = byte.charCodeAt(0).toString(16).padStart(2, "0");
      return verb === "X" ? digits.toUpperCase() : digits;
    });
    if (bytes.length === 0) return this.#pad("");
    return this.#pad(
      this.flags.space ? bytes.map((byte) => prefix + byte).join(" ") : prefix + bytes.join(""),
    );
  }

  #integer(value: bigint | Integer, verb: string): string {
    const number = integerOf(value);
    if (verb === "v" && this.flags.sharpV && isUnsigned(value)) return `0x${number.toString(16)}`;
    if (verb === "c") return this.#pad(encodeRune(this.#codePoint(number)));
    if (verb === "q") return this.#pad(quoteRune(this.#codePoint(number), this.flags.plus));
    if (verb === "U") return this.#unicode(number);
    const base = BASES[verb];
    return base === undefined ? this.#badVerb(value, verb) : this.#digits(number, base, verb);
  }

  #codePoint(number: bigint): number {
    return number < 0n || number > 0x10ffffn ? 0xfffd : Number(number);
  }

  #unicode(value: bigint): string {
    const number = BigInt.asUintN(64, value);
    const width = Math.max(4, this.flags.precision ?? 0);
    let text = `U+${number.toString(16).toUpperCase().padStart(width, "0")}`;
    if (this.flags.sharp && number <= 0x10ffffn && isPrintable(Number(number))) {
      text += ` '${encodeRune(Number(number))}'`;
    }
    return this.#pad(text, false);
  }

  #digits(value: bigint, base: number, verb: string): string {
    const { precision, width, zero, minus, plus, space, sharp } = this.flags;
    const negative = value < 0n;
    const sign = negative ? "-" : plus ? "+" : space ? " " : "";
    if (precision === 0 && value === 0n) return this.#pad("", false);
    let least = precision ?? 0;
    if (precision === undefined && zero && !minus && width !== undefined) least = width - sign.length;
    let digits = (negative ? -value : value).toString(base);
    if (verb === "X") digits = digits.toUpperCase();
    digits = digits.padStart(least, "0");
    if (sharp && base === 2) digits = `0b${digits}`;
    if (sharp && base === 8 && !digits.startsWith("0")) digits = `0${digits}`;
    if (sharp && base === 16) digits = `0${verb === "X" ? "X" : "x"}${digits}`;
    if (verb === "O") digits = `0o${digits}`;
    return this.#pad(sign + digits, false);
  }

  #float(value: number, verb: string): string {
    const { precision, plus, space, zero, minus, width } = this.flags;
    const format = (verb === "v" ? "g" : verb === "F" ? "f" : verb) as FloatVerb;
    const wanted = precision ?? ("feE".includes(format) ? 6 : -1);
    let text = formatFloat(value, format, wanted);
    if (!/^[+-]/.test(text)) text = `+${text}`;
    if (space && text.startsWith("+") && !plus) text = ` ${text.slice(1)}`;
    if (!Number.isFinite(value)) {
      const bare = Number.isNaN(value) && !space && !plus;
      return this.#pad(bare ? text.slice(1) : text, false);
    }
    if (this.flags.sharp && format !== "b") text = sharpFloat(text, format, wanted);
    if (!plus && text.startsWith("+")) return this.#pad(text.slice(1));
    if (zero && !minus && width !== undefined && width > text.length) {
      return (text[0] ?? "") + text.slice(1).padStart(width - 1, "0");
    }
    return this.#pad(text);
  }

  #complex(value: Complex, verb: string): string {
    if (!FLOAT_VERBS.includes(verb)) return this.#badVerb(value, verb);
    const real = this.#float(value.real, verb);
    const imaginary = new Printer({ ...this.flags, plus: true }).#float(value.imaginary, verb);
    return `(${real}${imaginary}i)`;
  }
}
