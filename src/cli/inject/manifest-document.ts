import type { Operation } from "fast-json-patch";
import type { JsonValue } from "../../json.ts";

/** One document of a manifest stream, which can be patched and written back. */
export interface ManifestDocument {
  /** As it came. */
  readonly text: string;
  /** As JSON: what `kubectl` would send. */
  readonly value: JsonValue;
  /** The text with the operations applied, and otherwise in the words of its owner. */
  patched(operations: readonly Operation[]): string;
}
