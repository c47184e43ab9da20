import type { Findings } from "./findings.ts";
import { printableKey } from "./printable.ts";
import type { InjectionSettings } from "./settings.ts";
import type { AnnotationSpec } from "./spec.ts";
import { identify, OWN_PREFIX } from "./table.ts";

/** An annotation that somebody wrote. */
export interface Written {
  /** Its full key. */
  readonly key: string;
  /** Its name in the table with NAME or PARAM filled in: no prefix, or `keycard.dev/` for Keycard's own. */
  readonly name: string;
  readonly spec: AnnotationSpec;
  /** NAME or PARAM. */
  readonly suffix: string | undefined;
  readonly value: string;
  readonly on: "pod" | "namespace";
}

/** The annotations under our prefixes, those of the pod before those of its Namespace. */
export interface WrittenAnnotations {
  /** By name, in the order of the names. */
  readonly byName: ReadonlyMap<string, Written>;
  /** Full keys and names that the table does not know, of the pod. */
  readonly unknown: readonly { readonly key: string; readonly name: string }[];
}

type Annotations = Readonly<Record<string, string>>;

/**
 * Finds the annotations that are ours. Of two keys with the same name the one under the earlier prefix
 * counts. A Namespace gives only what the table lets it give, and only where the pod is silent.
 */
export function findWritten(
  pod: Annotations,
  namespace: Annotations,
  settings: InjectionSettings,
  findings: Findings,
): WrittenAnnotations {
  const prefixes = prefixesOf(settings);
  const found = new Map<string, Written>();
  const unknown: { key: string; name: string }[] = [];
  for (const { key, name, value } of ours(pod, prefixes, "the pod", findings)) {
    const identified = identify(name);
    if (identified === undefined) unknown.push({ key, name });
    else if (!found.has(name)) found.set(name, { key, name, ...identified, value, on: "pod" });
    else warnOfShadow(found.get(name), key, value, findings);
  }
  for (const { key, name, value } of ours(namespace, prefixes, "the Namespace", findings)) {
    const identified = identify(name);
    if (identified === undefined) continue;
    if (!mayStandOnNamespace(identified.spec, identified.suffix)) {
      findings.warn(`${printableKey(key)} has no effect on a Namespace: write it on the pod`);
    } else if (!found.has(name)) {
      found.set(name, { key, name, ...identified, value, on: "namespace" });
    }
  }
  const byName = new Map([...found].sort(([left], [right]) => (left < right ? -1 : 1)));
  return { byName, unknown };
}

/** With their slash, the one that wins first, and what they become in the table. */
function prefixesOf(
  settings: InjectionSettings,
): readonly { readonly prefix: string; readonly table: string }[] {
  return [
    { prefix: `${settings.keycardPrefix}/`, table: `${OWN_PREFIX}/` },
    ...vaultPrefixes(settings).map((prefix) => ({ prefix: `${prefix}/`, table: "" })),
  ];
}

/** The prefixes of the Vault Agent Injector's annotations, the one that wins first. */
export function vaultPrefixes(settings: InjectionSettings): readonly string[] {
  const own = "openbao.org";
  return settings.flavour === "openbao" && settings.vaultPrefixes.includes(own)
    ? [own, ...settings.vaultPrefixes.filter((prefix) => prefix !== own)]
    : settings.vaultPrefixes;
}

/** The full key of a name from the table, under the prefix that wins. */
export function keyOf(settings: InjectionSettings, name: string): string {
  const own = `${OWN_PREFIX}/`;
  if (name.startsWith(own)) return `${settings.keycardPrefix}/${name.slice(own.length)}`;
  const [prefix = settings.keycardPrefix] = vaultPrefixes(settings);
  return `${prefix}/${name}`;
}

function mayStandOnNamespace(spec: AnnotationSpec, suffix: string | undefined): boolean {
  return spec.onNamespace && (suffix === undefined || spec.form === "family");
}

/** Our annotations among all, ordered by prefix and then by key, so that the same input is read the same way. */
function ours(
  annotations: Annotations,
  prefixes: ReturnType<typeof prefixesOf>,
  owner: string,
  findings: Findings,
): { readonly key: string; readonly name: string; readonly value: string }[] {
  const keys = Object.keys(annotations);
  return prefixes.flatMap(({ prefix, table }) =>
    keys
      .filter((key) => key.startsWith(prefix))
      .sort()
      .flatMap((key) => {
        const value: unknown = annotations[key];
        if (typeof value === "string") return [{ key, name: table + key.slice(prefix.length), value }];
        findings.problem(key, `expected text on ${owner}, got a ${kindOf(value)}: put the value in quotes`);
        return [];
      }),
  );
}

function kindOf(value: unknown): string {
  return value === null ? "null" : Array.isArray(value) ? "list" : typeof value;
}

function warnOfShadow(winner: Written | undefined, key: string, value: string, findings: Findings): void {
  if (winner !== undefined && winner.value !== value) {
    findings.warn(`${printableKey(key)} is not read: ${printableKey(winner.key)} says otherwise and wins`);
  }
}
