import { parseDuration } from "./duration.ts";
import { warnOfSecretEffects } from "./effects-secret.ts";
import { printableKey, quoted } from "./printable.ts";
import { parseQuantity } from "./quantity.ts";
import { type Reading, writtenAs } from "./reading.ts";
import type { InjectionRequest } from "./request.ts";
import { nearest } from "./suggest.ts";
import type { specOf } from "./table.ts";
import type { Written } from "./written.ts";

type Name = Parameters<typeof specOf>[0];

/** Annotations that do nothing together with what else the pod says. */
interface Rule {
  readonly names: readonly Name[];
  readonly idle: (request: InjectionRequest, reading: Reading) => boolean;
  /** After "has no effect: ". */
  readonly because: string;
}

const isSet = (name: Name) => (_: InjectionRequest, reading: Reading) =>
  writtenAs(reading, name) !== undefined;

const RULES: readonly Rule[] = [
  {
    names: ["agent-revoke-grace"],
    idle: ({ revokeOnShutdown }) => !revokeOnShutdown,
    because: "agent-revoke-on-shutdown is not set",
  },
  {
    names: ["agent-cache-use-auto-auth-token", "agent-cache-exit-on-err"],
    idle: ({ cache }) => !cache.enable,
    because: "agent-cache-enable is not set",
  },
  {
    names: ["agent-cache-listener-port"],
    idle: ({ cache, enableQuit }) => !cache.enable && !enableQuit,
    because: "agent-cache-enable is not set",
  },
  {
    names: [
      "agent-cache-enable",
      "agent-json-patch",
      "agent-revoke-on-shutdown",
      "keycard.dev/health-port",
      "keycard.dev/native-sidecar",
      "keycard.dev/notify",
      "keycard.dev/revoke-on-shutdown",
      "keycard.dev/rotation-grace",
      "keycard.dev/verify-interval",
    ],
    idle: ({ prePopulateOnly }) => prePopulateOnly,
    because: "agent-pre-populate-only leaves out the sidecar",
  },
  {
    names: ["agent-init-first", "agent-init-json-patch", "keycard.dev/start-timeout"],
    idle: ({ prePopulate }) => !prePopulate,
    because: "without agent-pre-populate there is no init container",
  },
  {
    names: ["agent-run-as-user"],
    idle: ({ agent }) => agent.runAsSameUser,
    because: "agent-run-as-same-user takes the app's",
  },
  {
    names: ["agent-run-as-user", "agent-run-as-group", "agent-run-as-same-user"],
    idle: ({ agent }) => !agent.setSecurityContext,
    because: "agent-set-security-context is false",
  },
  {
    names: ["ca-cert", "ca-key"],
    idle: ({ vault }) => vault.tlsSkipVerify,
    because: "tls-skip-verify is true",
  },
  {
    names: ["ca-cert", "ca-key", "client-cert", "client-key", "tls-server-name", "tls-skip-verify"],
    idle: ({ vault }) => vault.address.startsWith("http://"),
    because: "the address of Vault is not https",
  },
  {
    names: ["client-cert"],
    idle: ({ vault }) => vault.clientCert !== "" && vault.clientKey === "",
    because: "client-key is missing",
  },
  {
    names: ["client-key"],
    idle: ({ vault }) => vault.clientKey !== "" && vault.clientCert === "",
    because: "client-cert is missing",
  },
  {
    names: [
      "role",
      "keycard.dev/role",
      "auth-type",
      "auth-path",
      "namespace",
      "agent-inject-default-template",
    ],
    idle: ({ agent }) => agent.configMap !== "",
    because: "agent-configmap brings a configuration of its own",
  },
  {
    names: ["agent-inject-default-template"],
    idle: ({ secrets }) => !secrets.some(({ template }) => template.kind === "default"),
    because: "no secret uses it",
  },
  { names: ["role"], idle: isSet("keycard.dev/role"), because: "keycard.dev/role wins" },
  {
    names: ["agent-revoke-on-shutdown"],
    idle: isSet("keycard.dev/revoke-on-shutdown"),
    because: "keycard.dev/revoke-on-shutdown wins",
  },
  {
    names: ["keycard.dev/token-audience"],
    idle: (_, { strict }) => !strict,
    because: "engine vault-agent needs KEYCARD_HARDEN for it",
  },
];

/** Warns of settings that do nothing together, of containers that there are not, and of surprises. */
export function warnOfEffects(
  reading: Reading,
  request: InjectionRequest,
  pod: { readonly containerNames: readonly string[]; readonly initContainerNames: readonly string[] },
): void {
  warnOfOtherEngine(reading);
  for (const { names, idle, because } of RULES) {
    if (!idle(request, reading)) continue;
    for (const name of names) warn(reading, writtenAs(reading, name), `has no effect: ${because}`);
  }
  warnOfContainers(reading, request, pod);
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
    const refused = spec.name === "agent-configmap" || spec.name.startsWith("keycard.dev/postgres");
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
  if (!request.prePopulate && request.prePopulateOnly) {
    warn(
      reading,
      writtenAs(reading, "agent-pre-populate-only"),
      "leaves no agent at all: agent-pre-populate is false",
    );
  }
  const [least, most] = [request.auth.minBackoff, request.auth.maxBackoff].map((text) => parseDuration(text));
  if (least !== undefined && most !== undefined && least > most) {
    warn(reading, writtenAs(reading, "auth-min-backoff"), "is longer than auth-max-backoff");
  }
  warnOfResources(reading, request.agent);
  const idsWritten = isSet("agent-run-as-user")(request, reading) || request.agent.runAsSameUser;
  if (request.native.notify.kind === "signal" && !idsWritten) {
    const text = 'reaches only processes of the agent\'s user: add agent-run-as-same-user: "true"';
    warn(reading, writtenAs(reading, "keycard.dev/notify"), text);
  }
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
  const pairs = [
    { name: "agent-requests-cpu", limit: "agent-limits-cpu", of: "cpu" },
    { name: "agent-requests-mem", limit: "agent-limits-mem", of: "memory" },
    { name: "agent-requests-ephemeral", limit: "agent-limits-ephemeral", of: "ephemeralStorage" },
  ] as const;
  for (const { name, limit, of } of pairs) {
    const [asked, most] = [parseQuantity(requests[of]), parseQuantity(limits[of])];
    if (asked === undefined || most === undefined || asked.nano <= most.nano) continue;
    const text = `makes Kubernetes refuse the pod: the request ${asked.canonical} is more than the limit ${most.canonical}`;
    warn(reading, writtenAs(reading, name) ?? writtenAs(reading, limit), text);
  }
}
