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
  if (!Array.isArray(document) || !document.every((operation) => isJsonObject(operation))) {
    const example = '[{"op": "add", "path": "/tty", "value": true}]';
    reject(reading, written, `expected a JSON array of operations such as ${example}`);
    return undefined;
  }
  if (isDeeperThan(DEEPEST, document)) reject(reading, written, `is nested deeper than ${DEEPEST} levels`);
  return document;
}

/** Far deeper than any container; other code may recurse into what passes here. */
const DEEPEST = 100;

function isDeeperThan(levels: number, value: JsonValue): boolean {
  if (typeof value !== "object" || value === null) return false;
  return levels === 0 || Object.values(value).some((member) => isDeeperThan(levels - 1, member));
}

/** undefined for text that is no JSON. */
export function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text) as JsonValue;
  } catch {
    return undefined;
  }
}
