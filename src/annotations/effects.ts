import { EFFECT_RULES } from "./effect-rules.ts";
import { warnOfNotifyEffects } from "./effects-notify.ts";
import { warnOfSecretEffects } from "./effects-secret.ts";
import { printableKey, quoted } from "./printable.ts";
import { parseQuantity } from "./quantity.ts";
import { type Reading, writtenAs } from "./reading.ts";
import type { InjectionRequest } from "./request.ts";
import { nearest } from "./suggest.ts";
import type { Written } from "./written.ts";

/** Warns of settings that do nothing together, of containers that there are not, and of surprises. */
export function warnOfEffects(
  reading: Reading,
  request: InjectionRequest,
  pod: { readonly containerNames: readonly string[]; readonly initContainerNames: readonly string[] },
): void {
  warnOfOtherEngine(reading);
  for (const { names, applies, says } of EFFECT_RULES) {
    const written = names.map((name) => writtenAs(reading, name)).filter((found) => found?.on === "pod");
    if (written.length === 0 || !applies(request, reading)) continue;
    for (const found of written) warn(reading, found, says);
  }
  warnOfContainers(reading, request, pod);
  warnOfNotifyEffects(reading, request);
  warnOfSecretEffects(reading, request);
  warnOfSurprises(reading, request);
}

/** A default from the Namespace is for many pods: that one of them has no use for it is worth no word. */
function warn(reading: Reading, written: Written | undefined, text: string): void {
  if (written?.on === "pod") reading.findings.warn(`${printableKey(written.key)} ${text}`);
}

/** What only the other engine understands, in as few warnings as can hold the names. */
function warnOfOtherEngine(reading: Reading): void {
  const start = `engine ${reading.engine} does not use `;
  let line = start;
  for (const { key, spec, on } of reading.written.byName.values()) {
    // Refused altogether where the other engine would be needed.
    const refused =
      spec.name === "agent-configmap" ||
      spec.name === "keycard.dev/env" ||
      spec.name.startsWith("keycard.dev/postgres");
    if (on !== "pod" || refused || spec.engines.includes(reading.engine)) continue;
    if (line.length + key.length > 200 && line !== start) {
      reading.findings.warn(line);
      line = start;
    }
    line += `${line === start ? "" : ", "}${printableKey(key)}`;
  }
  if (line !== start) reading.findings.warn(line);
}

function warnOfContainers(
  reading: Reading,
  request: InjectionRequest,
  pod: { readonly containerNames: readonly string[]; readonly initContainerNames: readonly string[] },
): void {
  const listed = writtenAs(reading, "agent-inject-containers");
  if (listed !== undefined && request.containers?.length === 0) warn(reading, listed, "selects no container");
  const known = new Set(pod.containerNames);
  for (const name of (request.containers ?? []).filter((container) => !known.has(container)).slice(0, 8)) {
    const isInit = pod.initContainerNames.includes(name);
    const why = isInit ? "is an init container, which sees the secrets anyway" : "is no container of the pod";
    warn(reading, listed, `${quoted(name)} ${why}${isInit ? "" : didYouMean(name, known)}`);
  }
  const all = new Set([...pod.containerNames, ...pod.initContainerNames]);
  const copied = request.copyVolumeMountsFrom;
  if (copied !== undefined && !all.has(copied)) {
    const written = writtenAs(reading, "agent-copy-volume-mounts");
    warn(reading, written, `${quoted(copied)} is no container of the pod${didYouMean(copied, all)}`);
  }
}

function didYouMean(name: string, known: Iterable<string>): string {
  const trimmed = name.trim();
  const meant = [...known].includes(trimmed) ? trimmed : nearest(trimmed, known);
  return meant === undefined ? "" : `; did you mean ${quoted(meant)}?`;
}

function warnOfSurprises(reading: Reading, request: InjectionRequest): void {
  for (const written of reading.written.byName.values()) {
    if (written.spec.deprecated !== undefined)
      warn(reading, written, `is deprecated: ${written.spec.deprecated}`);
    if (written.spec.type === "boolean" && written.value === "")
      warn(reading, written, "is empty, which means false");
  }
  warnOfResources(reading, request.agent);
  const { secrets, postgres, injectToken, agent, cache, enableQuit } = request;
  if (
    secrets.length + postgres.length === 0 &&
    !injectToken &&
    agent.configMap === "" &&
    !cache.enable &&
    !enableQuit
  ) {
    reading.findings.warn("no secret is declared: the agent will only log in");
  }
}

function warnOfResources(reading: Reading, { requests, limits }: InjectionRequest["agent"]): void {
  // A strict reading has refused it, or let one follow the other.
  if (reading.strict) return;
  const pairs = [
    { name: "agent-requests-cpu", limit: "agent-limits-cpu", of: "cpu" },
    { name: "agent-requests-mem", limit: "agent-limits-mem", of: "memory" },
    { name: "agent-requests-ephemeral", limit: "agent-limits-ephemeral", of: "ephemeralStorage" },
  ] as const;
  for (const { name, limit, of } of pairs) {
    const written = writtenAs(reading, name) ?? writtenAs(reading, limit);
    if (written === undefined) continue;
    const [asked, most] = [parseQuantity(requests[of]), parseQuantity(limits[of])];
    if (asked === undefined || most === undefined || asked.nano <= most.nano) continue;
    const text = `makes Kubernetes refuse the pod: the request ${asked.canonical} is more than the limit ${most.canonical}`;
    warn(reading, written, text);
  }
}
