import type { Meter } from "../limits.ts";
import { integerOf, isIntegerValue, stringOf, typeOf } from "../values/kinds.ts";
import { sortedEntries } from "../values/sort-keys.ts";
import { List, MapValue, NilPointer, ObjectValue, Struct, type Value } from "../values/value.ts";
import { countWhole } from "../values/weight.ts";
import { type Flags, noFlags } from "./flags.ts";
import { Printer } from "./printer.ts";
import { quote } from "./quote.ts";

const ADDRESS = "0xc000000000";
const isInterface = (type: string): boolean => type === "interface {}";

/** Scalars, and what has a `String` method, on one line. */
function scalar(value: Value, quoted: boolean): string | undefined {
  if (value instanceof ObjectValue) {
    const text = value.stringer();
    if (text !== undefined) return text;
    if (value instanceof List || value instanceof MapValue || value instanceof Struct) return undefined;
    if (value instanceof NilPointer) return "<nil>";
    if (isIntegerValue(value)) return String(integerOf(value));
    if (value.kind === "chan") return ADDRESS;
  }
  if (typeof value === "string") return quoted ? quote(value) : value;
  return new Printer(noFlags()).argument(value, "v");
}

/** Lengths and capacities as a dump shows them. */
function sizes(value: Value): string {
  const length =
    value instanceof MapValue ? value.size : value instanceof List ? value.items.length : undefined;
  const shownLength = length ?? stringOf(value)?.length ?? 0;
  const capacity = value instanceof List ? value.capacity : 0;
  const parts = [
    ...(shownLength > 0 ? [`len=${shownLength}`] : []),
    ...(capacity > 0 ? [`cap=${capacity}`] : []),
  ];
  return parts.length === 0 ? "" : `(${parts.join(" ")}) `;
}

function dumped(value: Value, depth: number, typed = true): string {
  const indent = " ".repeat(depth);
  if (value === null || value === undefined) return "(interface {}) <nil>";
  if (value instanceof Struct && value.kind === "ptr") {
    const inner = new Struct(value.structType, value.fields, false);
    return `(${value.type})(${ADDRESS})(${dumped(inner, depth, false)})`;
  }
  if (value instanceof NilPointer) return `(${value.type})(<nil>)`;
  const head = (typed ? `(${typeOf(value)}) ` : "") + sizes(value);
  const flat = scalar(value, true);
  if (flat !== undefined) return head + flat;
  if ((value instanceof List || value instanceof MapValue) && value.isNil) return `${head}<nil>`;
  const lines = members(value).map(([key, item]) => {
    const name =
      key === undefined ? "" : typeof key === "string" ? `${key}: ` : `${dumped(key.value, depth + 1)}: `;
    return `${indent} ${name}${dumped(item, depth + 1)}`;
  });
  return `${head}{\n${lines.join(",\n")}${lines.length > 0 ? "\n" : ""}${indent}}`;
}

type Member = readonly [key: string | { readonly value: Value } | undefined, item: Value];

function members(value: Value): readonly Member[] {
  if (value instanceof List) return value.items.map((item) => [undefined, item] as const);
  if (value instanceof MapValue)
    return sortedEntries(value).map(([key, item]) => [{ value: key }, item] as const);
  return value instanceof Struct ? [...value.fields] : [];
}

/** Values with types, lengths and contents, one a line: go-spew's Sdump. Map keys are sorted, addresses one and the same. @throws LimitError */
export function dump(values: readonly Value[], meter: Meter): string {
  for (const value of values) countWhole(value, meter);
  return values.map((value) => `${dumped(value, 0)}\n`).join("");
}

/** A value inline: go-spew's `%v`, `%+v` and `%#v`, the last with types. */
export function dumpInline(value: Value, flags: Flags, typed = flags.sharpV): string {
  if (value === null || value === undefined) return `${typed ? "(interface {})" : ""}<nil>`;
  if (value instanceof Struct && value.kind === "ptr") {
    const inner = new Struct(value.structType, value.fields, false);
    const address = flags.plusV ? `(${ADDRESS})` : "";
    return `${typed ? `(${value.type})` : "<*>"}${address}${dumpInline(inner, flags, false)}`;
  }
  const head = typed ? `(${typeOf(value)})` : "";
  const flat = scalar(value, false);
  if (flat !== undefined) return head + flat;
  const elementTyped = (type: string): boolean => flags.sharpV && isInterface(type);
  if (value instanceof List) {
    if (value.isNil) return `${head}<nil>`;
    const items = value.items.map((item) => dumpInline(item, flags, elementTyped(value.elementType)));
    return `${head}[${items.join(" ")}]`;
  }
  if (value instanceof MapValue) {
    if (value.isNil) return `${head}<nil>`;
    const entries = sortedEntries(value).map(([key, item]) => {
      const shownKey = dumpInline(key, flags, elementTyped(value.keyType));
      return `${shownKey}:${dumpInline(item, flags, elementTyped(value.elementType))}`;
    });
    return `${head}map[${entries.join(" ")}]`;
  }
  const named = flags.plusV || flags.sharpV;
  const fields = members(value).map(([name, item]) => `${named ? `${name}:` : ""}${dumpInline(item, flags)}`);
  return `${head}{${fields.join(" ")}}`;
}
