import jsonPatch, { type Operation } from "fast-json-patch";
import type { Container } from "../injection/pod.ts";
import { isJsonObject, type JsonValue } from "../json.ts";

export type ContainerPatchResult =
  | { readonly kind: "patched"; readonly container: Container }
  | { readonly kind: "failed"; readonly message: string };

/** Applies a user's RFC 6902 patch to one container of the agent. The container given stays as it is. */
export function applyContainerPatch(container: Container, patch: readonly JsonValue[]): ContainerPatchResult {
  const document: unknown = JSON.parse(JSON.stringify(container));
  // applyPatch puts values of the patch into the document and may write into them later: give it a copy.
  const operations: Operation[] = JSON.parse(JSON.stringify(patch));
  try {
    const patched: unknown = jsonPatch.applyPatch(document, operations, true).newDocument;
    return isContainer(patched)
      ? { kind: "patched", container: patched }
      : { kind: "failed", message: "the patch leaves no container with a name" };
  } catch (thrown) {
    return { kind: "failed", message: `the patch does not apply: ${reason(thrown)}` };
  }
}

function isContainer(value: unknown): value is Container {
  return isJsonObject(value) && typeof value.name === "string" && value.name !== "";
}

/** fast-json-patch appends the whole document to its messages; the first line says what is wrong. */
function reason(thrown: unknown): string {
  return (thrown instanceof Error ? thrown.message : String(thrown)).split("\n", 1)[0] ?? "";
}
