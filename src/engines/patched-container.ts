import { quoted } from "../annotations/printable.ts";
import { parseQuantity } from "../annotations/quantity.ts";
import type { Container } from "../injection/pod.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/** A container in the form in which Kubernetes keeps it, or why it cannot be one. */
export type PatchedContainer =
  | { readonly kind: "container"; readonly container: Container }
  | { readonly kind: "wrong"; readonly message: string };

type Shape = "text" | "true or false" | "an object" | "a list of text" | "a list of objects";

/** Members of a container (k8s.io/api core/v1). Others are newer than this table, and stay as they are. */
const SHAPES: Readonly<Record<string, Shape>> = {
  name: "text",
  image: "text",
  command: "a list of text",
  args: "a list of text",
  workingDir: "text",
  ports: "a list of objects",
  envFrom: "a list of objects",
  env: "a list of objects",
  resources: "an object",
  resizePolicy: "a list of objects",
  restartPolicy: "text",
  volumeMounts: "a list of objects",
  volumeDevices: "a list of objects",
  livenessProbe: "an object",
  readinessProbe: "an object",
  startupProbe: "an object",
  lifecycle: "an object",
  terminationMessagePath: "text",
  terminationMessagePolicy: "text",
  imagePullPolicy: "text",
  securityContext: "an object",
  stdin: "true or false",
  stdinOnce: "true or false",
  tty: "true or false",
};

/** Members that Kubernetes leaves out when they hold this. */
const ZEROS: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ...["image", "workingDir", "terminationMessagePath", "terminationMessagePolicy", "imagePullPolicy"].map(
    (name) => [name, ""] as const,
  ),
  ...["value", "subPath", "subPathExpr", "prefix", "protocol", "hostIP"].map((name) => [name, ""] as const),
  ...["stdin", "stdinOnce", "tty", "readOnly"].map((name) => [name, false] as const),
  ...["hostPort", "initialDelaySeconds", "timeoutSeconds", "periodSeconds"].map((name) => [name, 0] as const),
  ...["successThreshold", "failureThreshold"].map((name) => [name, 0] as const),
]);

/**
 * Reads a patched container as Kubernetes' own types would, so that it is the same one that a typed client
 * would have sent: without null, empty lists and zero values, with canonical quantities.
 */
export function patchedContainer(value: unknown): PatchedContainer {
  if (!isJsonObject(value)) return { kind: "wrong", message: "the patch leaves no container" };
  const mistake = mistakeIn(value);
  if (mistake !== undefined) return { kind: "wrong", message: mistake };
  const container = withoutZeros(value);
  const { name, resources } = container;
  if (typeof name !== "string" || name === "") {
    return { kind: "wrong", message: "the patch leaves no container with a name" };
  }
  const { limits, requests, ...others } = isJsonObject(resources) ? resources : {};
  const lists = { ...quantities("limits", limits), ...quantities("requests", requests) };
  return { kind: "container", container: { ...container, name, resources: { ...lists, ...others } } };
}

function mistakeIn(container: JsonObject): string | undefined {
  for (const [name, shape] of Object.entries(SHAPES)) {
    const value = container[name];
    if (value !== undefined && value !== null && !hasShape(value, shape)) {
      return `the patch leaves ${name} that is not ${shape}`;
    }
  }
  const { resources } = container;
  for (const list of isJsonObject(resources) ? [resources.limits, resources.requests] : []) {
    for (const quantity of isJsonObject(list) ? Object.values(list) : []) {
      if (quantity !== null && canonical(quantity) === undefined)
        return `the patch leaves ${quoted(String(quantity))} for a quantity`;
    }
  }
  return undefined;
}

function hasShape(value: JsonValue, shape: Shape): boolean {
  switch (shape) {
    case "text":
      return typeof value === "string";
    case "true or false":
      return typeof value === "boolean";
    case "an object":
      return isJsonObject(value);
    case "a list of text":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
    case "a list of objects":
      return Array.isArray(value) && value.every((item) => isJsonObject(item));
  }
}

function withoutZeros(object: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(object)
      .filter(([name, value]) => !isZero(name, value))
      .map(([name, value]) => [name, name === "httpHeaders" ? value : membersWithoutZeros(value)]),
  );
}

function membersWithoutZeros(value: JsonValue): JsonValue {
  if (Array.isArray(value)) return value.map(membersWithoutZeros);
  return isJsonObject(value) ? withoutZeros(value) : value;
}

function isZero(name: string, value: JsonValue): boolean {
  return value === null || (Array.isArray(value) && value.length === 0) || ZEROS.get(name) === value;
}

function quantities(name: string, list: JsonValue | undefined): JsonObject {
  const entries = isJsonObject(list) ? Object.entries(list) : [];
  return entries.length === 0
    ? {}
    : { [name]: Object.fromEntries(entries.map(([of, value]) => [of, canonical(value) ?? value])) };
}

/** Kubernetes takes numbers for quantities too. */
function canonical(quantity: JsonValue): string | undefined {
  if (typeof quantity !== "string" && typeof quantity !== "number") return undefined;
  return parseQuantity(String(quantity).trim())?.canonical;
}
