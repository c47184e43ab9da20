import { defaultInjectionSettings } from "../../src/annotations/defaults.ts";
import type { AnnotationProblem } from "../../src/annotations/problem.ts";
import { type AnnotationsResult, readAnnotations } from "../../src/annotations/read.ts";
import type { InjectionRequest } from "../../src/annotations/request.ts";
import type { InjectionPolicy, InjectionSettings } from "../../src/annotations/settings.ts";

type Annotations = Readonly<Record<string, string>>;

/** What a test may set beside the pod's annotations. */
export interface Surroundings {
  readonly settings?: Partial<InjectionSettings>;
  readonly policy?: Partial<InjectionPolicy>;
  readonly namespace?: Annotations;
  /** The Kubernetes Namespace of the request. */
  readonly requestNamespace?: string;
  readonly containers?: readonly string[];
  readonly initContainers?: readonly string[];
}

/** Settings of the drop-in for the Vault Agent Injector. */
export const DROP_IN: Surroundings = { settings: { engine: "vault-agent" } };
/** The same with the hardening turned on. */
export const HARDENED: Surroundings = { settings: { engine: "vault-agent", harden: true } };
export const NATIVE: Surroundings = { settings: { engine: "native" } };

/** Annotations under the Vault Agent Injector's prefix, or under the one that a name brings along. */
export function keys(annotations: Annotations): Record<string, string> {
  return Object.fromEntries(
    Object.entries(annotations).map(([name, value]) => [
      name.includes("/") ? name : `vault.hashicorp.com/${name}`,
      value,
    ]),
  );
}

/** Reads exactly these annotations. */
export function read(annotations: Annotations, around: Surroundings = {}): AnnotationsResult {
  const defaults = defaultInjectionSettings();
  return readAnnotations({
    namespace: around.requestNamespace ?? "shop",
    annotations: keys(annotations),
    namespaceAnnotations: keys(around.namespace ?? {}),
    containerNames: around.containers ?? ["app", "side"],
    initContainerNames: around.initContainers ?? ["migrate"],
    settings: { ...defaults, ...around.settings, policy: { ...defaults.policy, ...around.policy } },
  });
}

/** A pod that opted in, has a role and a secret, and these annotations. */
export function readInjected(annotations: Annotations, around: Surroundings = {}): AnnotationsResult {
  const base = { "agent-inject": "true", role: "shop", "agent-inject-secret-db": "database/creds/shop" };
  return read({ ...keys(base), ...keys(annotations) }, around);
}

export function requestOf(annotations: Annotations, around: Surroundings = {}): InjectionRequest {
  const result = readInjected(annotations, around);
  if (result.kind !== "request") throw new Error(`expected a request, got ${JSON.stringify(result)}`);
  return result.request;
}

export function problemsOf(
  annotations: Annotations,
  around: Surroundings = {},
): readonly AnnotationProblem[] {
  const result = readInjected(annotations, around);
  return result.kind === "invalid" ? result.problems : [];
}

/** Problems as `name: message`, without the Vault Agent Injector's prefix. */
export function complaints(annotations: Annotations, around: Surroundings = {}): readonly string[] {
  return problemsOf(annotations, around).map(
    ({ annotation, message }) => `${annotation.replace("vault.hashicorp.com/", "")}: ${message}`,
  );
}

/** Warnings without the Vault Agent Injector's prefix. */
export function warningsOf(annotations: Annotations, around: Surroundings = {}): readonly string[] {
  return readInjected(annotations, around).warnings.map((text) =>
    text.replaceAll("vault.hashicorp.com/", ""),
  );
}
