/** Any value that `JSON.parse` can return. */
export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;

/** A JSON object. Keys come from outside: never index one without a guard against prototype names. */
export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Whether a value is an object that is neither null nor an array. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
