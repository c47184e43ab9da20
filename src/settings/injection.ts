import type { InjectionSettings } from "../annotations/settings.ts";
import { injectionTable } from "./injection-table.ts";
import { type Environment, readSettings, SettingsError } from "./reading.ts";
import type { SettingTable, ValuesOf } from "./setting.ts";

/** The values of the settings that reach pods, as they were written. */
export type InjectionValues = ValuesOf<typeof injectionTable>;

const VAULT_PREFIX = "vault.hashicorp.com";
const OPENBAO_PREFIX = "openbao.org";
const DEFAULT_IMAGES = { vault: "hashicorp/vault:2.0.4", openbao: "openbao/openbao:1.16.1" } as const;

/**
 * Reads the settings of offline injection: the webhook's environment, without flags, and no Vault address is
 * required, since pods may name their own.
 * @throws {SettingsError} naming every mistake at once.
 */
export function injectionSettings(env: Environment): InjectionSettings {
  const { values, origins, mistakes } = readSettings(injectionTable, [], env, "webhook");
  if (mistakes.length > 0) throw new SettingsError(mistakes);
  return injectionSettingsOf(values, origins);
}

/** Turns values as written into what injection works with. */
export function injectionSettingsOf(
  values: InjectionValues,
  origins: ReadonlyMap<string, string>,
): InjectionSettings {
  const flavour = values.flavour === "auto" ? flavourOf(origins) : values.flavour;
  const prefixes = flavour === "openbao" ? [OPENBAO_PREFIX, VAULT_PREFIX] : [VAULT_PREFIX, OPENBAO_PREFIX];
  return {
    engine: values.engine,
    flavour,
    harden: values.harden,
    vaultPrefixes: values.vaultPrefixes.length > 0 ? values.vaultPrefixes : prefixes,
    keycardPrefix: values.keycardPrefix,
    nativeSidecar: values.nativeSidecar !== "false",
    initContainer: values.initContainer,
    restartInPlace: values.restartInPlace !== "false",
    envFromFile: values.envFromFile !== "false",
    keycardImage: values.keycardImage,
    vaultImage: values.vaultImage === "" ? DEFAULT_IMAGES[flavour] : values.vaultImage,
    vaultAddress: values.vaultAddress,
    vaultNamespace: values.vaultNamespace,
    vaultCaCertBytes: values.vaultCaCertBytes,
    authType: values.authType,
    authPath: values.authPath,
    proxyAddress: values.proxyAddress,
    defaultTemplate: values.defaultTemplate,
    revokeOnShutdown: values.revokeOnShutdown,
    runAsUser: values.runAsUser,
    runAsGroup: values.runAsGroup,
    runAsSameUser: values.runAsSameUser,
    setSecurityContext: values.setSecurityContext,
    ...quantitiesOf(values),
    exitOnRetryFailure: values.exitOnRetryFailure,
    staticSecretRenderInterval: values.staticSecretRenderInterval,
    maxConnectionsPerHost: values.maxConnectionsPerHost,
    leaseRenewalThreshold: values.leaseRenewalThreshold,
    authMinBackoff: values.authMinBackoff,
    authMaxBackoff: values.authMaxBackoff,
    disableIdleConnections: values.disableIdleConnections.join(","),
    disableKeepAlives: values.disableKeepAlives.join(","),
    rewriteVaultAnnotations: values.rewriteVaultAnnotations,
    policy: {
      allowedImages: values.allowedImages,
      allowedVaultAddresses: values.allowedVaultAddresses,
      allowedAuthPaths: values.allowedAuthPaths,
      denyRoot: values.denyRoot,
      denyTlsSkipVerify: values.denyTlsSkipVerify,
      denyJsonPatch: values.denyJsonPatch,
      lockedAnnotations: values.lockedAnnotations,
    },
  };
}

function quantitiesOf(
  values: InjectionValues,
): Pick<InjectionSettings, "requests" | "limits" | "nativeRequests" | "nativeLimits"> {
  return {
    requests: {
      cpu: values.cpuRequest,
      memory: values.memoryRequest,
      ephemeralStorage: values.ephemeralRequest,
    },
    limits: { cpu: values.cpuLimit, memory: values.memoryLimit, ephemeralStorage: values.ephemeralLimit },
    nativeRequests: {
      cpu: values.nativeCpuRequest,
      memory: values.nativeMemoryRequest,
      ephemeralStorage: values.nativeEphemeralRequest,
    },
    nativeLimits: {
      cpu: values.nativeCpuLimit,
      memory: values.nativeMemoryLimit,
      ephemeralStorage: values.nativeEphemeralLimit,
    },
  };
}

/** Whoever writes OpenBao's names means OpenBao. */
function flavourOf(origins: ReadonlyMap<string, string>): "vault" | "openbao" {
  const named = [...origins.values()].some(
    (origin) => origin.startsWith("-bao-") || origin.startsWith("AGENT_INJECT_BAO_"),
  );
  return named || origins.has("rewriteVaultAnnotations") ? "openbao" : "vault";
}

/** Variables that Kubernetes sets for a Service whose name happens to begin like ours. */
const SERVICE_VARIABLE = /_SERVICE_(HOST|PORT(_.+)?)$|_PORT(_\d+_(TCP|UDP|SCTP)(_.+)?)?$/;

/** Variables of Keycard's other commands. */
const FOREIGN_VARIABLE = /^KEYCARD_(AGENT|VAULT_BIN|VERSION|DEMO|DEV)/;

/** A warning for each variable that looks like a setting and is none. */
export function unknownVariables(table: SettingTable, env: Environment): string[] {
  const known = new Set(Object.values(table).flatMap((setting) => setting.variables));
  return Object.keys(env)
    .filter((name) => /^(AGENT_INJECT|KEYCARD)_/.test(name) && !known.has(name))
    .filter((name) => !SERVICE_VARIABLE.test(name) && !FOREIGN_VARIABLE.test(name))
    .sort()
    .map((name) => `${name}: there is no such setting; it has no effect`);
}
