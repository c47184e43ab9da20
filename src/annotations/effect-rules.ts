import { parseDuration } from "./duration.ts";
import { type Reading, readBoolean, readWholeSeconds, writtenAs } from "./reading.ts";
import type { InjectionRequest } from "./request.ts";
import type { AnnotationName } from "./table.ts";

/** Annotations that do nothing, or not what one would think, together with what else the pod says. */
interface Rule {
  readonly names: readonly AnnotationName[];
  readonly applies: (request: InjectionRequest, reading: Reading) => boolean;
  /** What the warning says of the annotation, after its key. */
  readonly says: string;
}

const isSet = (name: AnnotationName) => (_: InjectionRequest, reading: Reading) =>
  writtenAs(reading, name) !== undefined;

/** Every such combination, in the order in which it is told. */
export const EFFECT_RULES: readonly Rule[] = [
  {
    names: ["agent-revoke-grace"],
    applies: ({ revokeOnShutdown }) => !revokeOnShutdown,
    says: "has no effect: agent-revoke-on-shutdown is not set",
  },
  {
    names: ["agent-cache-use-auto-auth-token", "agent-cache-exit-on-err"],
    applies: ({ cache }) => !cache.enable,
    says: "has no effect: agent-cache-enable is not set",
  },
  {
    names: ["agent-cache-listener-port"],
    applies: ({ cache, enableQuit }) => !cache.enable && !enableQuit,
    says: "has no effect: agent-cache-enable is not set",
  },
  {
    names: [
      "agent-cache-enable",
      "agent-json-patch",
      "agent-revoke-on-shutdown",
      "keycard.dev/health-port",
      "keycard.dev/native-sidecar",
      "keycard.dev/revoke-on-shutdown",
      "keycard.dev/rotation-grace",
      "keycard.dev/verify-interval",
    ],
    applies: ({ prePopulateOnly }) => prePopulateOnly,
    says: "has no effect: agent-pre-populate-only leaves out the sidecar",
  },
  {
    names: ["agent-init-first", "agent-init-json-patch", "keycard.dev/init-container"],
    applies: ({ prePopulate }) => !prePopulate,
    says: "has no effect: without agent-pre-populate there is no init container",
  },
  {
    names: ["agent-init-json-patch"],
    applies: ({ native, prePopulate }) => prePopulate && !native.initContainer,
    says: "has no effect: there is no init container",
  },
  {
    names: ["keycard.dev/init-container"],
    applies: ({ native, prePopulate }, reading) =>
      native.initContainer && prePopulate && !readBoolean(reading, "keycard.dev/init-container"),
    says: "has no effect: the init container stays without a native sidecar, and with agent-pre-populate-only or notify: restart",
  },
  {
    names: ["keycard.dev/start-timeout"],
    applies: ({ native }, reading) =>
      readWholeSeconds(reading, "keycard.dev/start-timeout") !== native.startTimeoutSeconds,
    says: "counts as one minute: without an init container the deletion of a pod waits for it",
  },
  {
    names: ["agent-run-as-user"],
    applies: ({ agent }) => agent.runAsSameUser,
    says: "has no effect: agent-run-as-same-user takes the app's",
  },
  {
    names: ["agent-run-as-user", "agent-run-as-group", "agent-run-as-same-user"],
    applies: ({ agent }) => !agent.setSecurityContext,
    says: "has no effect: agent-set-security-context is false",
  },
  {
    names: ["ca-cert", "ca-key"],
    applies: ({ vault }) => vault.tlsSkipVerify,
    says: "has no effect: tls-skip-verify is true",
  },
  {
    names: ["ca-cert", "ca-key", "client-cert", "client-key", "tls-server-name", "tls-skip-verify"],
    applies: ({ vault }) => vault.address.startsWith("http://"),
    says: "has no effect: the address of Vault is not https",
  },
  {
    names: ["client-cert"],
    applies: ({ vault }) => vault.clientCert !== "" && vault.clientKey === "",
    says: "has no effect: client-key is missing",
  },
  {
    names: ["client-key"],
    applies: ({ vault }) => vault.clientKey !== "" && vault.clientCert === "",
    says: "has no effect: client-cert is missing",
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
    applies: ({ agent }) => agent.configMap !== "",
    says: "has no effect: agent-configmap brings a configuration of its own",
  },
  {
    names: ["agent-inject-default-template"],
    applies: ({ secrets }) => !secrets.some(({ template }) => template.kind === "default"),
    says: "has no effect: no secret uses it",
  },
  { names: ["role"], applies: isSet("keycard.dev/role"), says: "has no effect: keycard.dev/role wins" },
  {
    names: ["agent-revoke-on-shutdown"],
    applies: isSet("keycard.dev/revoke-on-shutdown"),
    says: "has no effect: keycard.dev/revoke-on-shutdown wins",
  },
  {
    names: ["keycard.dev/token-audience"],
    applies: (_, { strict }) => !strict,
    says: "has no effect: engine vault-agent needs KEYCARD_HARDEN for it",
  },
  {
    names: ["agent-pre-populate-only"],
    applies: ({ engine, prePopulate, prePopulateOnly }) =>
      engine !== "native" && !prePopulate && prePopulateOnly,
    says: "leaves no agent at all: agent-pre-populate is false",
  },
  {
    names: ["auth-min-backoff"],
    applies: ({ auth }) => isLonger(auth.minBackoff, auth.maxBackoff),
    says: "is longer than auth-max-backoff",
  },
];

function isLonger(text: string, otherText: string): boolean {
  const [duration, other] = [parseDuration(text), parseDuration(otherText)];
  return duration !== undefined && other !== undefined && duration > other;
}
