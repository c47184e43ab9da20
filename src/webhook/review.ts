import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { RequestFault } from "./faults.ts";

export type ReviewVersion = "admission.k8s.io/v1" | "admission.k8s.io/v1beta1";

/** How a pod is called: by its name or, while it has none, by what its name will begin with. */
export type PodName = { readonly name: string } | { readonly generateName: string };

/** What answer, log and metrics need of a review. */
export interface ReviewHeader {
  /** Echoed in the answer, as the API requires. */
  readonly apiVersion: ReviewVersion;
  readonly uid: string;
  readonly namespace: string;
  readonly podName: PodName;
}

/** The parts of an AdmissionReview that matter here. */
export interface Review extends ReviewHeader {
  /** The object exists already, and is being changed. */
  readonly isUpdate: boolean;
  /** The object as it came; undefined when the review has none, as for a DELETE. */
  readonly object: JsonValue | undefined;
}

/**
 * Decodes the body of an admission request.
 * @throws {RequestFault} with status 400 for anything that is no AdmissionReview; never anything else.
 */
export function decodeReview(body: Buffer): Review {
  const document = parse(body);
  if (!isJsonObject(document)) throw new RequestFault("KEYCARD_NOT_A_REVIEW", kindOf(document));
  const kind = own(document, "kind");
  if (kind !== "AdmissionReview") {
    throw new RequestFault(
      "KEYCARD_NOT_A_REVIEW",
      typeof kind === "string" ? `a ${kind}` : "an object without kind",
    );
  }
  const apiVersion = own(document, "apiVersion");
  if (apiVersion !== "admission.k8s.io/v1" && apiVersion !== "admission.k8s.io/v1beta1") {
    throw new RequestFault(
      "KEYCARD_REVIEW_VERSION",
      typeof apiVersion === "string" ? apiVersion : kindOf(apiVersion),
    );
  }
  const request = own(document, "request");
  if (!isJsonObject(request)) throw new RequestFault("KEYCARD_NO_REQUEST");
  const object = own(request, "object");
  return {
    apiVersion,
    uid: textField(request, "uid"),
    namespace: textField(request, "namespace"),
    isUpdate: textField(request, "operation") === "UPDATE",
    podName: podName(textField(request, "name"), object),
    object: object === null ? undefined : object,
  };
}

/** `name` is empty while the API server has yet to make one. */
function podName(name: string, object: JsonValue | undefined): PodName {
  if (name !== "") return { name };
  const metadata = isJsonObject(object) ? own(object, "metadata") : undefined;
  const text = (key: string): string => {
    const value = isJsonObject(metadata) ? own(metadata, key) : undefined;
    return typeof value === "string" ? value : "";
  };
  const generateName = text("generateName");
  return text("name") === "" && generateName !== "" ? { generateName } : { name: text("name") };
}

function parse(body: Buffer): JsonValue {
  if (body.length === 0) throw new RequestFault("KEYCARD_BODY_EMPTY");
  const text = body.toString("utf8");
  let document: JsonValue;
  try {
    document = JSON.parse(text) as JsonValue;
  } catch (error) {
    // The parser's own message quotes the body, which may hold anything.
    throw new RequestFault(
      "KEYCARD_BODY_NOT_JSON",
      error instanceof SyntaxError ? "syntax error" : "unreadable",
    );
  }
  // An escape could spell the key without the text holding it, so either sign leads to the exact look.
  if ((text.includes("__proto__") || text.includes("\\u00")) && hasPrototypeKey(document)) {
    throw new RequestFault("KEYCARD_PROTOTYPE_KEY");
  }
  return document;
}

/** Looks for `__proto__` among the keys, without recursion: a document may be nested millions deep. */
function hasPrototypeKey(document: JsonValue): boolean {
  const pending: JsonValue[] = [document];
  for (let value = pending.pop(); value !== undefined; value = pending.pop()) {
    if (Array.isArray(value)) {
      for (const item of value) if (typeof item === "object" && item !== null) pending.push(item);
    } else if (isJsonObject(value)) {
      if (Object.hasOwn(value, "__proto__")) return true;
      for (const key of Object.keys(value)) {
        const item = value[key];
        if (typeof item === "object" && item !== null) pending.push(item);
      }
    }
  }
  return false;
}

function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined;
}

/** A field that is text or, as Go reads it, absent for `""`. */
function textField(request: JsonObject, key: string): string {
  const value = own(request, key) ?? "";
  if (typeof value !== "string") throw new RequestFault("KEYCARD_REQUEST_FIELD", key);
  return value;
}

function kindOf(value: JsonValue | undefined): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
