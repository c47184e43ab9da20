import { warnOfEffects } from "./effects.ts";
import { type Findings, noFindings } from "./findings.ts";
import { parseBoolean } from "./go-values.ts";
import { checkPolicy } from "./policy.ts";
import { quoted } from "./printable.ts";
import type { AnnotationProblem } from "./problem.ts";
import { readRequest } from "./read-request.ts";
import type { Reading } from "./reading.ts";
import type { InjectionRequest } from "./request.ts";
import type { EngineName, InjectionSettings } from "./settings.ts";
import { OWN_PREFIX, specOf } from "./table.ts";
import { warnOfUnknown } from "./unknown.ts";
import { findWritten, keyOf, vaultPrefixes, type Written, type WrittenAnnotations } from "./written.ts";

/** A pod as far as its annotations are concerned. */
export interface AnnotatedPod {
  /** Kubernetes Namespace of the admission request. */
  readonly namespace: string;
  readonly annotations: Readonly<Record<string, string>>;
  /** Those of the Namespace: defaults for what the pod leaves out. */
  readonly namespaceAnnotations: Readonly<Record<string, string>>;
  readonly containerNames: readonly string[];
  readonly initContainerNames: readonly string[];
  readonly settings: InjectionSettings;
}

/** What a pod's annotations come to. Warnings are for whoever creates the pod, as Kubernetes shows them. */
export type AnnotationsResult =
  | { readonly kind: "not-requested"; readonly warnings: readonly string[] }
  /** The pod says that it wants no agent. */
  | { readonly kind: "disabled"; readonly warnings: readonly string[] }
  | {
      readonly kind: "invalid";
      readonly problems: readonly AnnotationProblem[];
      /** With something harmless in every wrong one's place: serves to find what else is wrong with the pod. */
      readonly request: InjectionRequest | undefined;
      readonly warnings: readonly string[];
    }
  | { readonly kind: "request"; readonly request: InjectionRequest; readonly warnings: readonly string[] };

/**
 * Reads a pod's annotations, then its Namespace's, then the operator's settings into one request, or says
 * everything that is wrong with them. Pure, and total: hostile annotations are problems, never exceptions.
 */
export function readAnnotations(input: AnnotatedPod): AnnotationsResult {
  const size = sizeOf(input.annotations);
  if (size > MOST_CHARACTERS) return tooMany(input, size);
  const findings = noFindings();
  const written = findWritten(input.annotations, input.namespaceAnnotations, input.settings, findings);
  const optIn = written.byName.get("keycard.dev/inject") ?? written.byName.get("agent-inject");
  if (optIn === undefined && findings.problems.length === 0)
    return notRequested(written, input.settings, findings);
  if (optIn !== undefined && !wantsInjection(optIn, findings))
    return { kind: "disabled", warnings: findings.warnings };

  const reading = startReading(written, input.settings, findings);
  const request = readRequest(reading, input.namespace, statusKey(optIn, input.settings));
  checkPolicy(reading, request);
  const { problems } = findings;
  warnOfEffects(reading, request, input);
  warnOfUnknown(written, input.settings, findings);
  return problems.length > 0
    ? { kind: "invalid", problems, request, warnings: findings.warnings }
    : { kind: "request", request, warnings: findings.warnings };
}

/** Kubernetes refuses a pod whose annotations, keys and values together, have more bytes than this. */
const MOST_CHARACTERS = 256 * 1024;

function sizeOf(annotations: AnnotatedPod["annotations"]): number {
  return Object.entries<unknown>(annotations).reduce(
    (size, [key, value]) => size + key.length + (typeof value === "string" ? value.length : 0),
    0,
  );
}

/** The keys that ask for injection. */
export function optInKeys(settings: InjectionSettings): readonly string[] {
  const own = keyOf(settings, `${OWN_PREFIX}/inject`);
  return [own, ...settings.vaultPrefixes.map((prefix) => `${prefix}/agent-inject`)];
}

/** What Kubernetes would refuse next is not read at all, so that it cannot keep others waiting. */
function tooMany({ annotations, settings }: AnnotatedPod, size: number): AnnotationsResult {
  if (!optInKeys(settings).some((key) => Object.hasOwn(annotations, key)))
    return { kind: "not-requested", warnings: [] };
  const message = `the annotations have ${size} characters: Kubernetes takes no more than ${MOST_CHARACTERS}`;
  return { kind: "invalid", problems: [{ annotation: "", message }], request: undefined, warnings: [] };
}

/** A pod that declares secrets and forgot to opt in, or misspelt it, deserves a word. */
function notRequested(
  written: WrittenAnnotations,
  settings: InjectionSettings,
  findings: Findings,
): AnnotationsResult {
  const forgotten = [...written.byName.values()].find(
    ({ spec, on }) => on === "pod" && (spec.form === "per-secret" || spec.name === "role"),
  );
  if (forgotten !== undefined) {
    const isOwn = forgotten.name.startsWith(`${OWN_PREFIX}/`);
    const optIn = keyOf(settings, isOwn ? `${OWN_PREFIX}/inject` : "agent-inject");
    findings.warn(`nothing is injected: add ${optIn}: "true" to the pod's annotations`);
  }
  warnOfUnknown(written, settings, findings);
  return { kind: "not-requested", warnings: findings.warnings };
}

/** A wrong value counts as wanting, so that all other mistakes are found along with it. */
function wantsInjection(optIn: Written, findings: Findings): boolean {
  const wants = optIn.value === "" ? false : parseBoolean(optIn.value);
  if (wants === undefined) findings.problem(optIn.key, `expected true or false, got ${quoted(optIn.value)}`);
  return wants ?? true;
}

function startReading(written: WrittenAnnotations, settings: InjectionSettings, findings: Findings): Reading {
  const engine = chosenEngine(written, settings, findings);
  return { written, settings, engine, strict: engine === "native" || settings.harden, findings };
}

function chosenEngine(
  written: WrittenAnnotations,
  settings: InjectionSettings,
  findings: Findings,
): EngineName {
  const choice = written.byName.get("keycard.dev/engine");
  if (choice === undefined) return settings.engine;
  if (choice.value === "native" || choice.value === "vault-agent") return choice.value;
  const choices = (specOf("keycard.dev/engine").choices ?? []).join(" or ");
  findings.problem(choice.key, `expected ${choices}, got ${quoted(choice.value)}`);
  return settings.engine;
}

/** Under the prefix that the pod opted in with; OpenBao's names are always written under their own. */
function statusKey(optIn: Written | undefined, settings: InjectionSettings): string {
  const prefixes = vaultPrefixes(settings);
  const used = prefixes.find((prefix) => optIn?.key.startsWith(`${prefix}/`));
  const [first = settings.keycardPrefix] = prefixes;
  return `${settings.flavour === "openbao" ? first : (used ?? first)}/agent-inject-status`;
}
