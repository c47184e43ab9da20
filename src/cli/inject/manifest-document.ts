import type { Operation } from "fast-json-patch";
import type { JsonValue } from "../../json.ts";

/** One document of a manifest stream, which can be patched and written back. */
export interface ManifestDocument {
  /** As JSON: what `kubectl` would send. */
  readonly value: JsonValue;
  /** The document's text with the operations applied; without operations the text as it came. */
  patched(operations: readonly Operation[]): string;
}
