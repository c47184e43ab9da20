import { type Document, isAlias, isMap, isScalar, isSeq, type Pair, parseDocument, type Scalar } from "yaml";
import { fromBytes, toBytes } from "../bytes.ts";
import { FunctionError } from "../errors.ts";
import { decodeBase64 } from "../functions/digests.ts";
import type { Meter } from "../limits.ts";
import { ANY, anyList, List, MapValue, type Value } from "../values/value.ts";
import { resolvePlain } from "./resolve.ts";

const MAX_DEPTH = 500;
const TAG_PREFIX = "tag:yaml.org,2002:";

/**
 * Decodes the first document of YAML text (bytes) as gopkg.in/yaml.v2 decodes into an empty interface.
 * @throws FunctionError if it is none; the message does not repeat it.
 */
export function decodeYaml(bytes: string, meter: Meter): Value {
  const document = parseDocument(fromBytes(bytes), {
    version: "1.1",
    schema: "failsafe",
    uniqueKeys: false,
    logLevel: "silent",
    keepSourceTokens: false,
  });
  const problem = document.errors.find(({ code }) => code !== "MULTIPLE_DOCS");
  if (problem) {
    const line = problem.linePos?.[0].line;
    throw new FunctionError(
      `the text is not YAML (${problem.code}${line === undefined ? "" : `, line ${line}`})`,
    );
  }
  return new Decoder(document, meter).node(document.contents, 0);
}

class Decoder {
  readonly #document: Document;
  readonly #meter: Meter;

  constructor(document: Document, meter: Meter) {
    this.#document = document;
    this.#meter = meter;
  }

  node(node: unknown, depth: number): Value {
    this.#meter.step();
    if (depth > MAX_DEPTH) throw new FunctionError("the YAML text nests too deep");
    if (isAlias(node)) {
      const target = node.resolve(this.#document);
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

  #scalar(node: Scalar): Value {
    const text = toBytes(String(node.value ?? ""));
    const tag = node.tag?.startsWith(TAG_PREFIX) ? node.tag.slice(TAG_PREFIX.length) : node.tag;
    if (tag === "binary") return decodeBase64(text.replace(/\s/g, ""), "standard");
    if (tag === "str" || (tag === undefined && node.type !== "PLAIN")) return text;
    const resolved = resolvePlain(toBytes(node.source ?? text));
    if (!("value" in resolved)) return text;
    return tag === "float" && typeof resolved.value === "bigint" ? Number(resolved.value) : resolved.value;
  }
}

const isMergeKey = (key: unknown): boolean => isScalar(key) && key.type === "PLAIN" && key.value === "<<";
