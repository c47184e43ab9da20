import jsonPatch, { type Operation } from "fast-json-patch";
import { messageOf } from "../errors.ts";
import type { Container } from "../injection/pod.ts";
import { isJsonObject, type JsonValue } from "../json.ts";
import { patchedContainer } from "./patched-container.ts";

export type ContainerPatchResult =
  | { readonly kind: "patched"; readonly container: Container }
  | { readonly kind: "failed"; readonly message: string };

/** What all copies of a patch may come to, as JSON: each can double the container, thirty fill any memory. */
const MOST_COPIED = 1024 * 1024;

/**
 * Applies a user's RFC 6902 patch to one container of the agent, as the Vault Agent Injector's library does:
 * `replace` adds a member that is not there, `add` never the whole. The container given stays as it is.
 */
export function applyContainerPatch(container: Container, patch: readonly JsonValue[]): ContainerPatchResult {
  let document: unknown = JSON.parse(JSON.stringify(container));
  // Values of the patch end up in the document, and later operations write into them: they get a copy.
  const operations: Operation[] = JSON.parse(JSON.stringify(patch));
  let copied = 0;
  let at = 0;
  try {
    for (const operation of operations) {
      at += 1;
      if (operation.op === "copy") {
        copied += JSON.stringify(jsonPatch.getValueByPointer(document, operation.from) ?? null).length;
      }
      const message = whyRefused(operation, copied);
      if (message !== undefined) return { kind: "failed", message };
      document = jsonPatch.applyOperation(document, inDialect(document, operation), true).newDocument;
    }
  } catch (thrown) {
    return {
      kind: "failed",
      message: `the patch does not apply: operation ${at}: ${firstLine(messageOf(thrown))}`,
    };
  }
  const patched = patchedContainer(document);
  return patched.kind === "container"
    ? { kind: "patched", container: patched.container }
    : { kind: "failed", message: patched.message };
}

/** What the library would do and should not; undefined for all else. */
function whyRefused(operation: Operation, copied: number): string | undefined {
  if (operation.op === "add" && operation.path === "") {
    return "the patch does not apply: only replace takes the whole container";
  }
  // RFC 6902, section 4.4: what comes of it would hold itself.
  if (operation.op === "move" && `${operation.path}`.startsWith(`${operation.from}/`)) {
    return "the patch does not apply: nothing moves into itself";
  }
  return copied > MOST_COPIED ? "the patch copies more than a container may hold" : undefined;
}

function inDialect(document: unknown, operation: Operation): Operation {
  if (operation.op !== "replace" || !/^\/./.test(operation.path)) return operation;
  const parent = operation.path.slice(0, operation.path.lastIndexOf("/"));
  const isMissing =
    isJsonObject(jsonPatch.getValueByPointer(document, parent)) &&
    jsonPatch.getValueByPointer(document, operation.path) === undefined;
  return isMissing ? { ...operation, op: "add" } : operation;
}

/** fast-json-patch appends the whole document to its messages; the first line says what is wrong. */
function firstLine(message: string): string {
  return message.split("\n", 1)[0] ?? "";
}
