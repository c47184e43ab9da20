import { quoted } from "./printable.ts";
import { belongsToFileSecret } from "./read-secrets.ts";
import { parameterOf } from "./read-vault.ts";
import { type Reading, reject, writtenAs } from "./reading.ts";
import type { InjectionRequest } from "./request.ts";
import type { InjectionPolicy } from "./settings.ts";
import { identify, OWN_PREFIX } from "./table.ts";
import type { Written } from "./written.ts";

const SETTINGS = {
  allowedImages: "KEYCARD_POLICY_ALLOWED_IMAGES",
  allowedVaultAddresses: "KEYCARD_POLICY_ALLOWED_VAULT_ADDRESSES",
  allowedAuthPaths: "KEYCARD_POLICY_ALLOWED_AUTH_PATHS",
  denyRoot: "KEYCARD_POLICY_DENY_ROOT",
  denyTlsSkipVerify: "KEYCARD_POLICY_DENY_TLS_SKIP_VERIFY",
  denyJsonPatch: "KEYCARD_POLICY_DENY_JSON_PATCH",
  lockedAnnotations: "KEYCARD_POLICY_LOCKED_ANNOTATIONS",
} as const satisfies Readonly<Record<keyof InjectionPolicy, string>>;

/**
 * Refuses what the operator's policy forbids annotations to ask for. What the operator's own settings say may
 * be said by anyone. Locks bind pods, so that a Namespace can decide instead; bounds bind Namespaces as well.
 */
export function checkPolicy(reading: Reading, request: InjectionRequest): void {
  checkLocks(reading);
  checkImage(reading, request);
  checkVault(reading, request);
  checkRoot(reading, request);
  checkConfigMap(reading);
  checkPatch(reading, writtenAs(reading, "agent-json-patch"), request.agent.sidecarPatch);
  checkPatch(reading, writtenAs(reading, "agent-init-json-patch"), request.agent.initPatch);
}

/** A lock names an annotation without prefix; of one that goes on with NAME or PARAM, all or a single one. */
function checkLocks(reading: Reading): void {
  const locked = new Set(reading.settings.policy.lockedAnnotations.map(plainName));
  if (locked.size === 0) return;
  for (const written of reading.written.byName.values()) {
    if (written.on === "pod" && lockableNames(reading, written).some((name) => locked.has(name))) {
      reject(reading, written, "is not for pods to set: remove it", SETTINGS.lockedAnnotations);
    }
  }
}

/** Every name by which a lock can mean an annotation: its own, its entry's, and that of what it says as well. */
function lockableNames(reading: Reading, written: Written): readonly string[] {
  const name = plainName(written.name);
  const names = [name, plainName(written.spec.name)];
  if (name === "auth-config-role") names.push("role");
  if (belongsToFileSecret(reading, written)) names.push("agent-inject-template");
  return names;
}

/** Without prefix, and a parameter in one of its spellings: its `-` and `_` are the same. */
function plainName(name: string): string {
  const found = identify(name);
  if (found?.spec.form === "family") return `${found.spec.name}-${parameterOf(found.suffix ?? "")}`;
  return name.startsWith(`${OWN_PREFIX}/`) ? name.slice(OWN_PREFIX.length + 1) : name;
}

function checkImage(reading: Reading, { agent }: InjectionRequest): void {
  const { policy, keycardImage, vaultImage } = reading.settings;
  const allowed = withOwn(policy.allowedImages, reading.engine === "native" ? keycardImage : vaultImage);
  const written = writtenAs(reading, "agent-image") ?? writtenAs(reading, "keycard.dev/agent-image");
  if (written !== undefined && !isListed(allowed, (entry) => matchesImage(agent.image, entry))) {
    reject(
      reading,
      written,
      `the image ${quoted(agent.image)} is not among the allowed ones`,
      SETTINGS.allowedImages,
    );
  }
}

function matchesImage(image: string, allowed: string): boolean {
  return allowed.endsWith("*") ? image.startsWith(allowed.slice(0, -1)) : image === allowed;
}

function checkVault(reading: Reading, { vault, auth }: InjectionRequest): void {
  const { policy, vaultAddress, authPath } = reading.settings;
  const addresses = withOwn(policy.allowedVaultAddresses, vaultAddress);
  const service = writtenAs(reading, "service");
  const origin = originOf(vault.address);
  if (service !== undefined && !isListed(addresses, (allowed) => originOf(allowed) === origin)) {
    const message = `the address ${quoted(vault.address)} is not among the allowed ones`;
    reject(reading, service, message, SETTINGS.allowedVaultAddresses);
  }
  const paths = withOwn(policy.allowedAuthPaths, authPath);
  const path = writtenAs(reading, "auth-path");
  if (path !== undefined && !isListed(paths, (allowed) => allowed === auth.path)) {
    const message = `the auth path ${quoted(auth.path)} is not among the allowed ones`;
    reject(reading, path, message, SETTINGS.allowedAuthPaths);
  }
  const skip = writtenAs(reading, "tls-skip-verify");
  if (skip !== undefined && vault.tlsSkipVerify && policy.denyTlsSkipVerify) {
    reject(reading, skip, "Vault's certificate must be checked: remove it", SETTINGS.denyTlsSkipVerify);
  }
}

/** A list that allows everything stays empty. */
function withOwn(list: readonly string[], own: string): readonly string[] {
  return list.length === 0 || own === "" ? list : [...list, own];
}

function isListed(list: readonly string[], test: (allowed: string) => boolean): boolean {
  return list.length === 0 || list.some(test);
}

const ADDRESS = /^(https?):\/\/([a-z0-9.-]+|\[[0-9a-f:]+\])(?::(\d{1,5}))?(?:\/[^\s\\@?#]*)?$/i;

/**
 * Scheme, host and port. Any address that two programs could read differently stays as it is, so that it
 * equals nothing but itself.
 */
function originOf(address: string): string {
  const [, scheme, host, port] = ADDRESS.exec(address) ?? [];
  if (scheme === undefined || host === undefined) return address;
  const standardPort = scheme.toLowerCase() === "https" ? "443" : "80";
  return `${scheme}://${host}:${port ?? standardPort}`.toLowerCase();
}

function checkRoot(reading: Reading, { agent }: InjectionRequest): void {
  if (!reading.settings.policy.denyRoot) return;
  const user = writtenAs(reading, "agent-run-as-user");
  const group = writtenAs(reading, "agent-run-as-group");
  const context = writtenAs(reading, "agent-set-security-context");
  if (user !== undefined && agent.runAsUser === 0) {
    reject(reading, user, "the agent must not run as root", SETTINGS.denyRoot);
  }
  if (group !== undefined && agent.runAsGroup === 0) {
    reject(reading, group, "the agent must not run in group 0", SETTINGS.denyRoot);
  }
  if (context !== undefined && !agent.setSecurityContext) {
    const message = "without a security context the agent could run as root: remove it";
    reject(reading, context, message, SETTINGS.denyRoot);
  }
}

/** A ConfigMap can name any address, any auth path, and skip any check. */
function checkConfigMap(reading: Reading): void {
  const written = writtenAs(reading, "agent-configmap");
  if (written === undefined || written.value === "") return;
  for (const bound of activeBounds(reading.settings.policy)) {
    if (bound.guards.includes("env")) {
      reject(reading, written, "a ConfigMap could get around a policy: use annotations", bound.setting);
    }
  }
}

interface Bound {
  readonly setting: string;
  /** Members of a container through which a JSON patch could get around it. */
  readonly guards: readonly string[];
}

const START = [
  "args",
  "command",
  "env",
  "envFrom",
  "image",
  "lifecycle",
  "livenessProbe",
  "readinessProbe",
  "startupProbe",
  "volumeMounts",
];

function activeBounds(policy: InjectionPolicy): readonly Bound[] {
  const bounds: readonly (Bound & { readonly active: boolean })[] = [
    { setting: SETTINGS.allowedImages, active: policy.allowedImages.length > 0, guards: ["image"] },
    {
      setting: SETTINGS.allowedVaultAddresses,
      active: policy.allowedVaultAddresses.length > 0,
      guards: START,
    },
    { setting: SETTINGS.allowedAuthPaths, active: policy.allowedAuthPaths.length > 0, guards: START },
    { setting: SETTINGS.denyTlsSkipVerify, active: policy.denyTlsSkipVerify, guards: START },
    { setting: SETTINGS.denyRoot, active: policy.denyRoot, guards: ["securityContext"] },
  ];
  return bounds.filter(({ active }) => active);
}

/** Refuses patches altogether where they are denied, and those of what another policy guards. */
function checkPatch(
  reading: Reading,
  written: Written | undefined,
  patch: InjectionRequest["agent"]["sidecarPatch"],
): void {
  if (written === undefined || patch === undefined) return;
  const { policy } = reading.settings;
  if (policy.denyJsonPatch) {
    reject(reading, written, "JSON patches are not allowed: remove it", SETTINGS.denyJsonPatch);
    return;
  }
  const touched = new Set(patch.flatMap(membersOf));
  for (const { setting, guards } of activeBounds(policy)) {
    const guarded = touched.has("") ? "the whole container" : guards.find((member) => touched.has(member));
    if (guarded !== undefined) {
      reject(reading, written, `a patch of ${quoted(guarded)} could get around a policy`, setting);
    }
  }
}

/** The container's members that an operation writes; `""` for the container as a whole. */
function membersOf(operation: unknown): readonly string[] {
  const { path, from } = operation as { readonly path?: unknown; readonly from?: unknown };
  return [path, from]
    .filter((pointer) => typeof pointer === "string")
    .map((pointer) => (pointer.split("/", 2)[1] ?? "").replaceAll("~1", "/").replaceAll("~0", "~"));
}
