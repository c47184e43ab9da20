import { quoted } from "./printable.ts";
import { type Reading, reject, writtenAs } from "./reading.ts";
import type { InjectionRequest } from "./request.ts";
import { type AnnotationName, specOf } from "./table.ts";
import { keyOf } from "./written.ts";

/** The ways to log in that engine `native` knows. */
export const NATIVE_AUTH_TYPES: readonly string[] = [
  "kubernetes",
  "jwt",
  "approle",
  "cert",
  "token_file",
  "userpass",
  "ldap",
  "aws",
  "gcp",
  "azure",
];

/** Refuses a request without the agent, or that lacks what the agent cannot do without. */
export function requireAgent(reading: Reading, request: InjectionRequest): void {
  requireContainer(reading, request);
  if (request.namespace === "")
    reading.findings.problem("", "kubernetes namespace required: the request names none");
  const image = request.engine === "native" ? "keycard.dev/agent-image" : "agent-image";
  require(reading, request.agent.image, image, "no image for the agent");
  const namespace = reading.written.byName.get("agent-request-namespace");
  if (namespace?.value === "")
    reject(reading, namespace, "expected a Namespace, got nothing: remove the annotation");
  const configMap = writtenAs(reading, "agent-configmap")?.value ?? "";
  rejectConfigMap(reading);
  // A ConfigMap carries its own login.
  if (configMap !== "") return;
  require(reading, request.vault.address, "service", "no address of Vault");
  require(reading, request.auth.type, "auth-type", "no auth type");
  require(reading, request.auth.path, "auth-path", "no auth path");
  checkAuthType(reading, request.auth.type);
  if (request.auth.type === "kubernetes") {
    require(reading, request.auth.role, "role", "no Vault role to log in with");
  }
}

/** The Vault Agent Injector leaves such a pod without, and its app starts and finds no secrets. */
function requireContainer(
  reading: Reading,
  { engine, prePopulate, prePopulateOnly }: InjectionRequest,
): void {
  const written = writtenAs(reading, "agent-pre-populate");
  if (engine !== "native" || written === undefined || prePopulate || !prePopulateOnly) return;
  reject(
    reading,
    written,
    "together with agent-pre-populate-only it leaves no agent at all: remove one of them",
  );
}

function checkAuthType(reading: Reading, type: string): void {
  if (reading.engine !== "native" || type === "" || NATIVE_AUTH_TYPES.includes(type)) return;
  const message = `engine native knows the auth types ${NATIVE_AUTH_TYPES.join(", ")}, not ${quoted(type)}`;
  const written = writtenAs(reading, "auth-type");
  if (written !== undefined) reject(reading, written, message);
  else reading.findings.problem(keyOf(reading.settings, "auth-type"), message);
}

function require(reading: Reading, value: string, name: AnnotationName, missing: string): void {
  if (value !== "") return;
  const written = writtenAs(reading, name);
  if (written !== undefined) {
    reject(reading, written, `${missing}: expected a value, got nothing`);
    return;
  }
  const fallback = specOf(name).default;
  const setting = fallback.kind === "setting" ? `, or set ${fallback.sources.at(-1)}` : "";
  reading.findings.problem(keyOf(reading.settings, name), `${missing}: add it${setting}`);
}

function rejectConfigMap(reading: Reading): void {
  const written = reading.written.byName.get("agent-configmap");
  if (written === undefined || written.value === "" || reading.engine !== "native") return;
  const engine = keyOf(reading.settings, "keycard.dev/engine");
  reject(
    reading,
    written,
    `is a configuration of Vault Agent, which engine native is not: add ${engine}: "vault-agent"`,
  );
}
