import type { Pod } from "../../injection/pod.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";

/** A pod, or the pod template of a workload, somewhere in a document. */
export interface PodTemplate {
  /** `Deployment shop/web`, for reports. */
  readonly resource: string;
  /** JSON pointer from the document to the pod template. */
  readonly path: string;
  /** Namespace of the resource; undefined: the manifest names none. */
  readonly namespace: string | undefined;
  /** Keys of the annotations that a workload has beside those of its pods. */
  readonly outerAnnotations: readonly string[];
  /** As it stands there; its shape is checked by injection. */
  readonly pod: Pod;
}

/** What a document holds. */
export interface DocumentContent {
  readonly templates: readonly PodTemplate[];
  /** Resources without a pod, in the same form as `PodTemplate.resource`. */
  readonly others: readonly string[];
}

interface Workload {
  readonly groups: readonly string[];
  readonly path: string;
}

const WORKLOADS: ReadonlyMap<string, Workload> = new Map([
  ["Pod", { groups: [""], path: "" }],
  ["PodTemplate", { groups: [""], path: "/template" }],
  ["ReplicationController", { groups: [""], path: "/spec/template" }],
  ["Deployment", { groups: ["apps", "extensions"], path: "/spec/template" }],
  ["ReplicaSet", { groups: ["apps", "extensions"], path: "/spec/template" }],
  ["DaemonSet", { groups: ["apps", "extensions"], path: "/spec/template" }],
  ["StatefulSet", { groups: ["apps"], path: "/spec/template" }],
  ["Job", { groups: ["batch"], path: "/spec/template" }],
  ["CronJob", { groups: ["batch"], path: "/spec/jobTemplate/spec/template" }],
]);

/** Lists in lists: more than a person nests, and no stack to overflow. */
const DEEPEST_LIST = 16;

/** Finds the pod templates of one document, in Lists too. */
export function podTemplates(document: JsonValue): DocumentContent {
  const templates: PodTemplate[] = [];
  const others: string[] = [];
  collect(document, "", 0, templates, others);
  return { templates, others };
}

function collect(
  resource: JsonValue,
  path: string,
  depth: number,
  templates: PodTemplate[],
  others: string[],
): void {
  if (!isJsonObject(resource) || typeof resource.kind !== "string") {
    return;
  }
  if (Array.isArray(resource.items) && resource.kind.endsWith("List") && depth < DEEPEST_LIST) {
    for (const [index, item] of resource.items.entries()) {
      collect(item, `${path}/items/${index}`, depth + 1, templates, others);
    }
    return;
  }
  const name = resourceName(resource, resource.kind);
  const workload = WORKLOADS.get(resource.kind);
  const template =
    workload?.groups.includes(group(resource)) === true ? valueAt(resource, workload.path) : undefined;
  if (workload === undefined || !isJsonObject(template)) {
    others.push(name);
    return;
  }
  templates.push({
    resource: name,
    path: path + workload.path,
    namespace: textIn(resource.metadata, "namespace"),
    outerAnnotations: template === resource ? [] : annotationKeys(resource.metadata),
    // Injection checks what it reads; the manifest's own kind and version pass through.
    pod: template as unknown as Pod,
  });
}

function group({ apiVersion }: JsonObject): string {
  const [name = "", version] = typeof apiVersion === "string" ? apiVersion.split("/", 2) : [];
  return version === undefined ? "" : name;
}

function resourceName({ metadata }: JsonObject, kind: string): string {
  const name = textIn(metadata, "name") ?? textIn(metadata, "generateName") ?? "(unnamed)";
  const namespace = textIn(metadata, "namespace");
  return `${kind} ${namespace === undefined ? name : `${namespace}/${name}`}`;
}

function textIn(value: JsonValue | undefined, key: string): string | undefined {
  const field = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined;
  return typeof field === "string" && field !== "" ? field : undefined;
}

function annotationKeys(metadata: JsonValue | undefined): readonly string[] {
  const annotations = metadata === undefined ? undefined : valueAt(metadata, "/annotations");
  return isJsonObject(annotations) ? Object.keys(annotations) : [];
}

function valueAt(value: JsonValue, path: string): JsonValue | undefined {
  let found: JsonValue | undefined = value;
  for (const key of path.split("/").slice(1)) {
    found = isJsonObject(found) && Object.hasOwn(found, key) ? found[key] : undefined;
  }
  return found;
}
