import { fromBytes, toBytes } from "../bytes.ts";
import { FunctionError } from "../errors.ts";
import { JsonNumber } from "./json-number.ts";
import { ANY, appendedCapacity, List, MapValue, type Value } from "./value.ts";

/** What JSON numbers become: `float64`, as in Go by default, or `json.Number`, which keeps the digits. */
export type NumberReading = "float64" | "json.Number";

/** `JSON.parse` tells its reviver the source text of primitives (since Node.js 21). */
type Reviver = (key: string, value: unknown, context?: { readonly source?: string }) => unknown;

function number(source: string, reading: NumberReading): Value {
  if (reading === "json.Number") return new JsonNumber(source);
  const value = Number(source);
  if (!Number.isFinite(value))
    throw new FunctionError("a number in the JSON text is out of range for float64");
  return value;
}

/** Objects are revived from the leaves up, so what is inside one is already a value. */
function revived(value: unknown, source: string | undefined, reading: NumberReading): Value {
  if (value === null || typeof value === "boolean") return value;
  if (typeof value === "string") return toBytes(value);
  if (typeof value === "number") return number(source ?? String(value), reading);
  if (Array.isArray(value)) return new List(ANY, value as Value[], false, appendedCapacity(value.length));
  const entries = Object.entries(value as Record<string, Value>);
  return new MapValue(
    "string",
    ANY,
    entries.map(([key, item]) => [toBytes(key), item]),
  );
}

/**
 * Decodes JSON text (bytes) as Go's `encoding/json` decodes into an empty interface.
 * @throws FunctionError if it is none; the message does not repeat it.
 */
export function decodeJson(bytes: string, reading: NumberReading): Value {
  const reviver: Reviver = (_key, value, context) => revived(value, context?.source, reading);
  try {
    return JSON.parse(fromBytes(bytes), reviver) as Value;
  } catch (error) {
    if (error instanceof FunctionError) throw error;
    if (error instanceof RangeError) throw new FunctionError("the JSON text nests too deep");
    throw new FunctionError("the text is not JSON");
  }
}
