import type { EngineName, InjectionSettings } from "./settings.ts";

/**
 * Where an annotation's name ends: `plain` as it stands; `per-secret` always with `-NAME`; `both` with or
 * without; `family` with `-PARAM`, a parameter of something else; `companion` has NAME in its middle.
 */
export type Form = "plain" | "per-secret" | "both" | "family" | "companion";

/** How a value is read. Every type is one of Go's or Kubernetes' grammars, or one of ours. */
export type ValueType =
  | "boolean"
  | "integer"
  | "unsigned integer"
  | "number"
  | "duration"
  | "quantity"
  | "list"
  | "JSON patch"
  | "text"
  | "JSON or text"
  | "choice";

/** What holds when nobody wrote the annotation, as the annotation would say it. */
export type Default =
  /** There is no value. */
  | { readonly kind: "none" }
  | { readonly kind: "constant"; readonly text: string }
  /** Another annotation's value or name, in words. */
  | { readonly kind: "described"; readonly words: string }
  | {
      readonly kind: "setting";
      /** Flags and variables that set it, for the reader of the documentation. */
      readonly sources: readonly string[];
      readonly of: (settings: InjectionSettings, engine: EngineName) => string;
    };

/** What engine `native` always asks of a text, and engine `vault-agent` under `KEYCARD_HARDEN`. */
export interface StrictRule {
  /** After "expected", e.g. `a port from 1 to 65535`. */
  readonly expects: string;
  readonly test: (value: string) => boolean;
}

/** One annotation: parsing, errors, defaults, warnings and documentation all come from this. */
export interface AnnotationSpec {
  /** Without prefix; Keycard's own start with `keycard.dev/` here, whatever prefix the operator chose. */
  readonly name: string;
  readonly form: Form;
  readonly type: ValueType;
  /** The words that type `choice` takes. */
  readonly choices?: readonly string[];
  readonly default: Default;
  readonly engines: readonly EngineName[];
  /** A Namespace may give the default of its pods. */
  readonly onNamespace: boolean;
  /** One or two sentences; NAME and PARAM stand for what follows the name. */
  readonly help: string;
  readonly notes: readonly string[];
  readonly strict?: StrictRule;
  /** Why it should not be written any more, and what instead. */
  readonly deprecated?: string;
}

export const NONE = { kind: "none" } as const satisfies Default;

export function constant(text: string): Default {
  return { kind: "constant", text };
}

export function described(words: string): Default {
  return { kind: "described", words };
}

/** A default that the operator sets. */
export function setting(
  sources: readonly string[],
  of: (settings: InjectionSettings, engine: EngineName) => string,
): Default {
  return { kind: "setting", sources, of };
}

export const BOTH = ["native", "vault-agent"] as const satisfies readonly EngineName[];
export const NATIVE = ["native"] as const satisfies readonly EngineName[];
export const VAULT_AGENT = ["vault-agent"] as const satisfies readonly EngineName[];
