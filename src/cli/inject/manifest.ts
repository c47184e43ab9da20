import jsonPatch from "fast-json-patch";
import { KeycardError } from "../../errors.ts";
import type { JsonValue } from "../../json.ts";
import type { ManifestDocument } from "./manifest-document.ts";
import { readYamlStream } from "./yaml-stream.ts";

/** A stream of documents; joined, their texts are the whole stream. */
export type Manifest = readonly ManifestDocument[];

/** The manifest is no YAML and no JSON. */
export class ManifestError extends KeycardError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("KEYCARD_MANIFEST_INVALID", message, options);
    this.name = "ManifestError";
  }
}

/** Reads a manifest: JSON stays JSON, YAML stays YAML. @throws ManifestError with the place of a mistake. */
export function readManifest(text: string, source: string): Manifest {
  if (/^\s*[{[]/.test(text)) {
    const value = parsedJson(text);
    if (value !== undefined) {
      return [jsonDocument(text, value)];
    }
  }
  const stream = readYamlStream(text);
  if (stream.kind === "invalid") {
    throw new ManifestError(`${source} is no valid YAML: ${stream.message}`);
  }
  return stream.documents;
}

function parsedJson(text: string): JsonValue | undefined {
  try {
    const value: JsonValue = JSON.parse(text);
    return value;
  } catch {
    // A flow mapping of YAML starts with a brace as well.
    return undefined;
  }
}

function jsonDocument(text: string, value: JsonValue): ManifestDocument {
  return {
    text,
    value,
    patched(operations) {
      const document: JsonValue = JSON.parse(text);
      const patched = jsonPatch.applyPatch(document, operations).newDocument;
      const indentation = /\n([ \t]+)/.exec(text)?.[1] ?? "";
      return JSON.stringify(patched, null, indentation) + (/\n\s*$/.test(text) ? "\n" : "");
    },
  };
}
