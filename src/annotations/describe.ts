import { defaultInjectionSettings } from "./defaults.ts";
import type { AnnotationSpec, Default } from "./spec.ts";
import { ANNOTATIONS, identify, OWN_PREFIX } from "./table.ts";
import { nearestAnnotation } from "./unknown.ts";

/** The prefix under which documentation shows the Vault Agent Injector's annotations. */
const SHOWN_PREFIX = "vault.hashicorp.com";
const OWN = `${OWN_PREFIX}/`;

/** The settings whose values documentation shows as defaults. Every installation has an address of its own. */
const COMPILED = { ...defaultInjectionSettings(), vaultAddress: "" };

/** The full key with `NAME` or `PARAM` where something is to be filled in. */
export function shownKey(spec: AnnotationSpec): string {
  const key = spec.name.startsWith(OWN) ? spec.name : `${SHOWN_PREFIX}/${spec.name}`;
  switch (spec.form) {
    case "per-secret":
      return `${key}-NAME`;
    case "both":
      return `${key}[-NAME]`;
    case "family":
      return `${key}-PARAM`;
    default:
      return key;
  }
}

/** What may be written, e.g. `boolean` or `map or json`. */
export function shownType(spec: AnnotationSpec): string {
  return spec.choices === undefined ? spec.type : spec.choices.join(" or ");
}

/** What holds when nobody writes it, in words; values stand in backquotes. */
export function shownDefault(spec: AnnotationSpec): string {
  switch (spec.default.kind) {
    case "none":
      return "none";
    case "constant":
      return `\`${spec.default.text}\``;
    case "described":
      return spec.default.words;
    case "setting":
      return shownSetting(spec, spec.default);
  }
}

function shownSetting(spec: AnnotationSpec, of: Extract<Default, { readonly kind: "setting" }>): string {
  const values = spec.engines.map((engine) => ({ engine, text: of.of(COMPILED, engine) }));
  const [first] = values;
  const shown = (text: string) => (text === "" ? "none" : `\`${text}\``);
  const value = values.every(({ text }) => text === first?.text)
    ? shown(first?.text ?? "")
    : values.map(({ engine, text }) => `${shown(text)} (${engine})`).join(", ");
  return `${value}; set by ${of.sources.map((source) => `\`${source}\``).join(", ")}`;
}

/** All that is to be said about an annotation beside its help: one sentence or two each. */
export function shownNotes(spec: AnnotationSpec): readonly string[] {
  const strict = spec.engines.includes("native") ? "Engine `native`" : "`KEYCARD_HARDEN`";
  const other = spec.engines.length === 2 ? ", and engine `vault-agent` under `KEYCARD_HARDEN`," : "";
  return [
    ...(spec.deprecated === undefined ? [] : [`Deprecated: ${spec.deprecated}.`]),
    ...spec.notes,
    ...(spec.strict === undefined ? [] : [`${strict}${other} takes only ${spec.strict.expects}.`]),
  ];
}

/** What a person may have asked about. */
export type Topic =
  | { readonly kind: "found"; readonly specs: readonly AnnotationSpec[] }
  | { readonly kind: "unknown"; readonly nearest: string | undefined };

/**
 * Finds an annotation by its full key under any prefix, by its name, or by its name with a NAME or PARAM
 * filled in. A name without prefix may mean two: Keycard's own and one of the Vault Agent Injector's.
 */
export function findTopic(asked: string): Topic {
  const slash = asked.lastIndexOf("/");
  const bare = asked.slice(slash + 1).replace("[-NAME]", "");
  const prefix = asked.slice(0, slash + 1);
  const names = prefix === OWN ? [OWN + bare] : prefix === `${SHOWN_PREFIX}/` ? [bare] : [OWN + bare, bare];
  const specs = names.flatMap((name) => specFor(name) ?? []);
  if (specs.length > 0) return { kind: "found", specs };
  const meant = names.map((name) => nearestAnnotation(name)).find((name) => name !== undefined);
  return { kind: "unknown", nearest: meant };
}

function specFor(name: string): AnnotationSpec | undefined {
  return ANNOTATIONS.find((spec) => spec.name === name) ?? identify(name)?.spec;
}
