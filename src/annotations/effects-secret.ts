import { printableKey, quoted } from "./printable.ts";
import { declaredSecrets } from "./read-secrets.ts";
import { type Reading, writtenAs } from "./reading.ts";
import type { InjectionRequest } from "./request.ts";
import { keyOf, type Written } from "./written.ts";

/** Warns of what is written for a secret and does nothing. */
export function warnOfSecretEffects(reading: Reading, request: InjectionRequest): void {
  const { findings } = reading;
  const declared = declaredSecrets(reading);
  const [first] = declared.values();
  if (first !== undefined && request.agent.configMap !== "") {
    findings.warn(
      `${printableKey(first.key)} and other secrets are not rendered: agent-configmap has the templates`,
    );
  }
  const byName = new Map(request.secrets.map((secret) => [secret.name, secret]));
  const lowerCase = new Map([...declared.keys()].map((name) => [name.toLowerCase(), name]));
  for (const written of reading.written.byName.values()) {
    const { spec, suffix } = written;
    const perSecret = spec.form === "per-secret" || spec.form === "both";
    if (!perSecret || suffix === undefined || spec.name.startsWith("keycard.dev/")) continue;
    const secret = byName.get(suffix);
    const because =
      secret === undefined ? undeclared(written, byName, lowerCase) : idle(reading, written, secret);
    if (because !== undefined) findings.warn(`${printableKey(written.key)} has no effect: ${because}`);
    if (spec.name === "agent-inject-command" && secret?.command !== undefined) warnOfShell(reading, written);
  }
}

/** An image that somebody chose for the pod may well have a shell; Keycard's own has none. */
function warnOfShell(reading: Reading, { key }: Written): void {
  const { engine, settings, findings } = reading;
  if (engine !== "native" || writtenAs(reading, "keycard.dev/agent-image") !== undefined) return;
  const [notify, image] = [keyOf(settings, "keycard.dev/notify"), keyOf(settings, "keycard.dev/agent-image")];
  findings.warn(
    `${printableKey(key)} runs in the agent's container by /bin/sh; Keycard's image has no shell: ` +
      `use ${printableKey(notify)} or an image with one (${printableKey(image)})`,
  );
}

type Secret = InjectionRequest["secrets"][number];

function undeclared(
  { spec, suffix = "" }: Written,
  byName: ReadonlyMap<string, Secret>,
  lowerCase: ReadonlyMap<string, string>,
): string | undefined {
  if (spec.name === "agent-inject-template-file" && byName.has(`file-${suffix}`)) return undefined;
  const meant = lowerCase.get(suffix.toLowerCase());
  const hint = meant === undefined ? "" : `; did you mean ${quoted(meant)}?`;
  return `no secret ${quoted(suffix)} is declared${hint}`;
}

/** Why an annotation of a declared secret does nothing; undefined if it does something. */
function idle(reading: Reading, { spec, suffix = "" }: Written, secret: Secret): string | undefined {
  const template = secret.template.kind;
  switch (spec.name) {
    case "agent-template-left-delim":
    case "agent-template-right-delim":
      return template === "default" ? "the default template has its own delimiters" : undefined;
    case "agent-inject-template-file":
      return template === "inline" ? `agent-inject-template-${suffix} wins` : undefined;
    case "preserve-secret-case":
      return reading.written.byName.has(`agent-inject-file-${suffix}`)
        ? `agent-inject-file-${suffix} names the file`
        : undefined;
    default:
      return undefined;
  }
}
