import {
  type Alias,
  type Document,
  isAlias,
  isCollection,
  isMap,
  isScalar,
  isSeq,
  type Node,
  type Pair,
  parseDocument,
  type Scalar,
  visit,
} from "yaml";
import { fromBytes, toBytes } from "../bytes.ts";
import { FunctionError } from "../errors.ts";
import { decodeBase64 } from "../functions/digests.ts";
import type { Meter } from "../limits.ts";
import { ANY, anyList, List, MapValue, type Value } from "../values/value.ts";
import { resolvePlain } from "./resolve.ts";

const MAX_DEPTH = 500;
/** Reading YAML takes that much longer than other functions. */
const CHARACTERS_A_STEP = 2;
/** What YAML lets nobody write, not even in quotes. */
const FORBIDDEN = /[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/u;
/** Tags that say what a text stands for; one with any other tag is a string. */
const RESOLVABLE: ReadonlySet<string> = new Set(["bool", "int", "float", "null", "timestamp"]);
const TAG_PREFIX = "tag:yaml.org,2002:";

/**
 * Decodes the first document of YAML text (bytes) as gopkg.in/yaml.v2 decodes into an empty interface.
 * @throws FunctionError if it is none; the message does not repeat it.
 */
export function decodeYaml(bytes: string, meter: Meter): Value {
  const text = fromBytes(bytes);
  if (toBytes(text) !== bytes) throw new FunctionError("the text is not YAML (it is not UTF-8)");
  if (FORBIDDEN.test(text)) throw new FunctionError("the text is not YAML (it holds control characters)");
  meter.step(Math.floor(text.length / CHARACTERS_A_STEP));
  const document = parseDocument(text, {
    version: "1.1",
    schema: "failsafe",
    uniqueKeys: false,
    logLevel: "silent",
    keepSourceTokens: false,
  });
  const end = endOfContents(document);
  const problem = document.errors.find(
    ({ code, pos }) => code !== "MULTIPLE_DOCS" && !(code === "UNEXPECTED_TOKEN" && pos[0] >= end),
  );
  if (problem) {
    const line = problem.linePos?.[0].line;
    throw new FunctionError(
      `the text is not YAML (${problem.code}${line === undefined ? "" : `, line ${line}`})`,
    );
  }
  return new Decoder(document, text, meter).node(document.contents, 0);
}

/**
 * Where a document of nothing but a scalar or a flow collection ends, although something follows. yaml.v2 reads no
 * further, and so does not see what is wrong there.
 */
function endOfContents({ contents }: Document.Parsed): number {
  const isClosed = isScalar(contents) || (isCollection(contents) && contents.flow);
  return (isClosed && contents?.range?.[1]) || Number.POSITIVE_INFINITY;
}

/** What every alias stands for: the last node before it that has its anchor. */
function targetsIn(document: Document): ReadonlyMap<Alias, Node> {
  const anchored = new Map<string, Node>();
  const targets = new Map<Alias, Node>();
  visit(document, {
    Node: (_, node) => {
      const target = isAlias(node) ? anchored.get(node.source) : undefined;
      if (isAlias(node) && target) targets.set(node, target);
      if (!isAlias(node) && node.anchor !== undefined) anchored.set(node.anchor, node);
    },
  });
  return targets;
}

class Decoder {
  readonly #document: Document;
  readonly #text: string;
  readonly #meter: Meter;
  #targets: ReadonlyMap<Alias, Node> | undefined;

  constructor(document: Document, text: string, meter: Meter) {
    this.#document = document;
    this.#text = text;
    this.#meter = meter;
  }

  node(node: unknown, depth: number): Value {
    this.#meter.step();
    if (depth > MAX_DEPTH) throw new FunctionError("the YAML text nests too deep");
    if (isAlias(node)) {
      this.#targets ??= targetsIn(this.#document);
      const target = this.#targets.get(node);
      if (!target) throw new FunctionError("an alias in the YAML text has no anchor");
      return this.node(target, depth + 1);
    }
    if (isMap(node)) return this.#map(node.items, depth);
    if (isSeq(node)) return anyList(node.items.map((item) => this.node(item, depth + 1)));
    return isScalar(node) ? this.#scalar(node) : null;
  }

  #map(pairs: readonly Pair[], depth: number): MapValue {
    const map = new MapValue(ANY, ANY);
    for (const { key, value } of pairs) {
      if (isMergeKey(key)) {
        this.#merge(map, value, depth);
        continue;
      }
      const decoded = this.node(key, depth + 1);
      if (decoded instanceof MapValue || decoded instanceof List) {
        throw new FunctionError("a key in the YAML text is a list or a map");
      }
      map.set(decoded, this.node(value, depth + 1));
    }
    return map;
  }

  /** `<<`: the entries of another map, or of several, that are not there yet. */
  #merge(map: MapValue, value: unknown, depth: number): void {
    const merged = this.node(value, depth + 1);
    const sources = merged instanceof List ? merged.items.toReversed() : [merged];
    for (const source of sources) {
      if (!(source instanceof MapValue))
        throw new FunctionError("map merge requires a map or a list of maps");
      for (const [key, item] of source.entries()) map.set(key, item);
    }
  }

  /** A block scalar whose last line the text ends in has no line break there; the library gives it one. */
  #content(node: Scalar): string {
    const content = String(node.value ?? "");
    const isBlock = node.type === "BLOCK_LITERAL" || node.type === "BLOCK_FOLDED";
    const isLast = isBlock && (node.range?.[1] ?? 0) >= this.#text.length && /\S/.test(this.#lastLine);
    return isLast ? content.replace(/\n$/, "") : content;
  }

  get #lastLine(): string {
    return this.#text.slice(this.#text.lastIndexOf("\n") + 1);
  }

  #scalar(node: Scalar): Value {
    const text = toBytes(this.#content(node));
    const tag = node.tag?.startsWith(TAG_PREFIX) ? node.tag.slice(TAG_PREFIX.length) : node.tag;
    if (tag === "binary") return decodeBase64(text.replace(/\s/g, ""), "standard");
    if (tag === undefined ? node.type !== "PLAIN" : !RESOLVABLE.has(tag)) return text;
    const resolved = resolvePlain(toBytes(node.source ?? text));
    const value = "value" in resolved ? resolved.value : text;
    if (tag === "float" && typeof value === "bigint") return Number(value);
    if (tag !== undefined && tag !== resolved.tag)
      throw new FunctionError(`a value in the YAML text is no ${tag}`);
    return value;
  }
}

const isMergeKey = (key: unknown): boolean => isScalar(key) && key.type === "PLAIN" && key.value === "<<";
