import type { AnnotationSpec, Form, ValueType } from "./spec.ts";
import { CONTAINER_TABLE } from "./table-container.ts";
import { KEYCARD_TABLE } from "./table-keycard.ts";
import { POD_TABLE } from "./table-pod.ts";
import { SECRET_TABLE } from "./table-secret.ts";
import { TEMPLATE_TABLE } from "./table-template.ts";
import { VAULT_TABLE } from "./table-vault.ts";

/** The prefix that Keycard's own annotations have in the table, whatever the operator chose. */
export const OWN_PREFIX = "keycard.dev";

/** The table's parts, in the order in which people read them. */
export const SECTIONS: readonly { readonly title: string; readonly specs: readonly AnnotationSpec[] }[] = [
  { title: "Keycard's own", specs: KEYCARD_TABLE },
  { title: "Opting in, and the agent's place in the pod", specs: POD_TABLE },
  { title: "Secrets and files", specs: SECRET_TABLE },
  { title: "Vault and login", specs: VAULT_TABLE },
  { title: "The agent's containers", specs: CONTAINER_TABLE },
  { title: "Templates, connections, cache and telemetry", specs: TEMPLATE_TABLE },
];

/** Every annotation there is. */
export const ANNOTATIONS: readonly AnnotationSpec[] = SECTIONS.flatMap((section) => section.specs);

type Entry =
  | (typeof KEYCARD_TABLE)[number]
  | (typeof POD_TABLE)[number]
  | (typeof SECRET_TABLE)[number]
  | (typeof VAULT_TABLE)[number]
  | (typeof CONTAINER_TABLE)[number]
  | (typeof TEMPLATE_TABLE)[number];

/** A name in the table. */
export type AnnotationName = Entry["name"];

/** The names in the table whose value is of type `T`. */
export type NameOf<T extends ValueType, F extends Form = Form> = Extract<
  Entry,
  { readonly type: T; readonly form: F }
>["name"];

/** An annotation as it is written: its entry in the table, and what follows the name there. */
export interface Identified {
  readonly spec: AnnotationSpec;
  /** NAME or PARAM; undefined for a plain one. */
  readonly suffix: string | undefined;
}

const BY_NAME: ReadonlyMap<string, AnnotationSpec> = new Map(ANNOTATIONS.map((spec) => [spec.name, spec]));

/** Entries whose name goes on, the longest first: `agent-inject-template-file` before `agent-inject-template`. */
const OPEN_ENDED = ANNOTATIONS.filter((spec) => spec.form !== "plain" && spec.form !== "companion").sort(
  (left, right) => right.name.length - left.name.length,
);

/** Entries with NAME in their middle, the longest ending first. */
const COMPANIONS = ANNOTATIONS.filter((spec) => spec.form === "companion")
  .map((spec) => {
    const [head = "", tail = ""] = spec.name.split("NAME");
    return { spec, head, tail };
  })
  .sort((left, right) => right.tail.length - left.tail.length);

/** The entry called `name` in the table. */
export function specOf(name: AnnotationName): AnnotationSpec {
  const spec = BY_NAME.get(name);
  if (spec === undefined) throw new RangeError(`There is no annotation ${name}`);
  return spec;
}

/**
 * The entry that a written name belongs to; undefined when there is none. `name` has no prefix, or
 * `keycard.dev/` for Keycard's own.
 */
export function identify(name: string): Identified | undefined {
  const exact = BY_NAME.get(name);
  if (exact?.form === "plain" || exact?.form === "both") return { spec: exact, suffix: undefined };
  for (const { spec, head, tail } of COMPANIONS) {
    if (name.length > head.length + tail.length && name.startsWith(head) && name.endsWith(tail)) {
      return { spec, suffix: name.slice(head.length, name.length - tail.length) };
    }
  }
  const spec = OPEN_ENDED.find((candidate) => name.startsWith(`${candidate.name}-`));
  const suffix = name.slice((spec?.name.length ?? 0) + 1);
  return spec === undefined || suffix === "" ? undefined : { spec, suffix };
}

/** Whether a name, with `keycard.dev/` or without any prefix, is an entry's or that of an annotation. */
export function isAnnotationName(name: string): boolean {
  return [name, `${OWN_PREFIX}/${name}`].some((each) => BY_NAME.has(each) || identify(each) !== undefined);
}

/** The written name of an entry for NAME or PARAM. */
export function nameWith(name: string, suffix: string): string {
  return name.includes("NAME") ? name.replace("NAME", () => suffix) : `${name}-${suffix}`;
}
