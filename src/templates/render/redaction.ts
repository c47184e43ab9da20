import { fromBytes } from "../bytes.ts";
import { quote } from "../format/quote.ts";
import { stringOf } from "../values/kinds.ts";
import { List, MapValue, Struct, type Value } from "../values/value.ts";

/** Shorter strings are in every message, and no secret. */
const SHORTEST = 4;

function inside(value: Value): readonly Value[] {
  if (value instanceof List) return value.items;
  if (value instanceof MapValue) return [...value.entries()].map(([, item]) => item);
  return value instanceof Struct ? [...value.fields.values()] : [];
}

/**
 * Every string in the values, however deep, as it is and as it stands between quotes. Each value is gone through
 * once: a template may have put one into itself.
 */
function textsIn(values: readonly Value[]): ReadonlySet<string> {
  const texts = new Set<string>();
  const reached = new Set(values);
  for (const value of reached) {
    const bytes = stringOf(value);
    if (bytes !== undefined) texts.add(fromBytes(bytes)).add(fromBytes(quote(bytes).slice(1, -1)));
    for (const item of inside(value)) reached.add(item);
  }
  return texts;
}

/** A message without the strings that are in the given values; the long ones first, which may hold short ones. */
export function redacted(message: string, values: readonly Value[]): string {
  const texts = [...textsIn(values)].filter((text) => text.length >= SHORTEST);
  return texts
    .sort((a, b) => b.length - a.length)
    .reduce((clean, text) => clean.replaceAll(text, "[redacted]"), message);
}
