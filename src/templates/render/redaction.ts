import { fromBytes } from "../bytes.ts";
import { stringOf } from "../values/kinds.ts";
import { List, MapValue, Struct, type Value } from "../values/value.ts";

/** Shorter strings are in every message, and no secret. */
const SHORTEST = 4;
const MAX_DEPTH = 32;

function* texts(value: Value, depth = 0): Generator<string> {
  if (depth > MAX_DEPTH) return;
  const text = stringOf(value);
  if (text !== undefined) yield fromBytes(text);
  else if (value instanceof List) for (const item of value.items) yield* texts(item, depth + 1);
  else if (value instanceof MapValue) for (const [, item] of value.entries()) yield* texts(item, depth + 1);
  else if (value instanceof Struct) for (const [, item] of value.fields) yield* texts(item, depth + 1);
}

/** A message without the strings that are in the given values. */
export function redacted(message: string, values: readonly Value[]): string {
  let clean = message;
  for (const value of values) {
    for (const text of texts(value)) {
      if (text.length >= SHORTEST) clean = clean.replaceAll(text, "[redacted]");
    }
  }
  return clean;
}
