import type { Operation } from "fast-json-patch";
import {
  type Document,
  isAlias,
  isMap,
  isSeq,
  type Node,
  parseAllDocuments,
  parseDocument,
  stringify,
  visit,
} from "yaml";
import type { JsonValue } from "../../json.ts";
import type { ManifestDocument } from "./manifest-document.ts";

export type YamlStream =
  | { readonly kind: "stream"; readonly documents: readonly ManifestDocument[] }
  | { readonly kind: "invalid"; readonly message: string };

/** Kubernetes reads manifests as YAML 1.1: `yes` is true there, and `0644` octal. */
const KUBERNETES = { version: "1.1", merge: true } as const;

/**
 * Splits a YAML stream into its documents. Each is read twice: once as Kubernetes reads it, and once with
 * every scalar as plain text, so that what is written back has the very words of the original.
 */
export function readYamlStream(text: string): YamlStream {
  const documents: ManifestDocument[] = [];
  let start = 0;
  for (const tree of parseAllDocuments(text, { schema: "failsafe" })) {
    const [mistake] = tree.errors;
    if (mistake !== undefined) {
      return { kind: "invalid", message: mistake.message };
    }
    const end = tree.range[2];
    const source = text.slice(start, end);
    start = end;
    const meaning = parseDocument(source, KUBERNETES);
    const [misreading] = meaning.errors;
    if (misreading !== undefined) {
      return { kind: "invalid", message: misreading.message };
    }
    documents.push(yamlDocument(source, meaning));
  }
  return { kind: "stream", documents };
}

function yamlDocument(source: string, meaning: Document): ManifestDocument {
  const value: JsonValue = meaning.toJS({ maxAliasCount: 1000 });
  return {
    text: source,
    value,
    patched(operations) {
      const tree: Document = parseDocument(source, { schema: "failsafe" });
      if (hasAliases(meaning)) tree.contents = nodeOf(value);
      for (const operation of operations) {
        apply(tree, operation);
      }
      const text = tree.toString({
        lineWidth: 0,
        indentSeq: indentsSequences(source),
        flowCollectionPadding: !TIGHT_FLOW.test(source),
      });
      return source.includes("\r\n") ? text.replaceAll("\n", "\r\n") : text;
    },
  };
}

/** A change to what an alias stands for would change every place that uses it: such documents are written out. */
function hasAliases(document: Document): boolean {
  let found = false;
  visit(document, {
    Alias() {
      found = true;
      return visit.BREAK;
    },
  });
  return found;
}

/** `{name: a}` rather than `{ name: a }`, for a document to keep its way. */
const TIGHT_FLOW = /[:-] [{[][^\s{}[\]]/;

/** Whether the document writes list items deeper than their key: both styles are common in manifests. */
function indentsSequences(source: string): boolean {
  const [, key = "", item = " "] = /^( *)[^\s#-][^\n]*:[ \t]*\r?\n( *)- /m.exec(source) ?? [];
  return item.length > key.length;
}

function apply(tree: Document, operation: Operation): void {
  const keys = operation.path.split("/").slice(1).map(unescaped);
  const last = keys.pop() ?? "";
  const parent = descend(tree, keys);
  if (isSeq(parent) && operation.op === "add") {
    const index = last === "-" ? parent.items.length : Number(last);
    parent.items.splice(index, 0, nodeOf(operation.value));
  } else if (isMap(parent) && operation.op === "add") {
    parent.set(last, nodeOf(operation.value));
  } else if (isMap(parent) && operation.op === "remove") {
    parent.delete(last);
  } else {
    throw new Error(`cannot ${operation.op} ${operation.path} in a YAML document`);
  }
}

function descend(tree: Document, keys: readonly string[]): unknown {
  let node: unknown = tree.contents;
  for (const key of keys) {
    node = isSeq(node) ? node.items[Number(key)] : isMap(node) ? node.get(key, true) : undefined;
  }
  return isAlias(node) ? undefined : node;
}

/** A value as nodes of plain text, quoted where YAML 1.1 would read it as anything else. */
function nodeOf(value: unknown): Node | null {
  return parseDocument(stringify(value, { version: "1.1", lineWidth: 0, aliasDuplicateObjects: false }), {
    schema: "failsafe",
  }).contents;
}

function unescaped(key: string): string {
  return key.replaceAll("~1", "/").replaceAll("~0", "~");
}
