import { isJsonObject, type JsonValue } from "../json.ts";
import { type Reading, reject, writtenAs } from "./reading.ts";

/** A JSON Patch as an array of objects; whether its operations apply is for those to say who have the container. */
export function readJsonPatch(
  reading: Reading,
  name: "agent-json-patch" | "agent-init-json-patch",
): readonly JsonValue[] | undefined {
  const written = writtenAs(reading, name);
  if (written === undefined || written.value === "") return undefined;
  const document = parseJson(written.value);
  if (document === null) return undefined;
  if (Array.isArray(document) && document.every((operation) => isJsonObject(operation))) return document;
  reject(
    reading,
    written,
    'expected a JSON array of operations such as [{"op": "add", "path": "/tty", "value": true}]',
  );
  return undefined;
}

/** undefined for text that is no JSON. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
