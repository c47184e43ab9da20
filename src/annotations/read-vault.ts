import { printableKey, quoted } from "./printable.ts";
import { type Reading, readBoolean, readDuration, readText, reject } from "./reading.ts";
import type { InjectionRequest } from "./request.ts";
import type { Written } from "./written.ts";

/** How to reach Vault. */
export function readVault(reading: Reading): InjectionRequest["vault"] {
  return {
    address: readText(reading, "service"),
    namespace: readText(reading, "namespace"),
    proxyAddress: readText(reading, "proxy-address"),
    tlsSkipVerify: readBoolean(reading, "tls-skip-verify"),
    tlsSecret: readText(reading, "tls-secret"),
    tlsServerName: readText(reading, "tls-server-name"),
    caCert: readText(reading, "ca-cert"),
    caPath: readText(reading, "ca-key"),
    clientCert: readText(reading, "client-cert"),
    clientKey: readText(reading, "client-key"),
    maxRetries: readText(reading, "client-max-retries"),
    timeout: readText(reading, "client-timeout"),
    caCertBytes: reading.settings.vaultCaCertBytes,
  };
}

/** How to log in. */
export function readAuth(reading: Reading): InjectionRequest["auth"] {
  const config = readAuthConfig(reading);
  const role = readText(reading, "keycard.dev/role") || readText(reading, "role") || config.get("role") || "";
  config.delete("role");
  return {
    type: readText(reading, "auth-type"),
    path: readText(reading, "auth-path"),
    role,
    config,
    minBackoff: readDuration(reading, "auth-min-backoff"),
    maxBackoff: readDuration(reading, "auth-max-backoff"),
    exitOnError: readBoolean(reading, "agent-auto-auth-exit-on-err"),
    tokenVolume: readText(reading, "agent-service-account-token-volume-name"),
    tokenAudience: readText(reading, "keycard.dev/token-audience"),
  };
}

function readAuthConfig(reading: Reading): Map<string, string> {
  const parameters = [...parametersOf(reading, "auth-config").entries()];
  return new Map(parameters.map(([parameter, { value }]) => [parameter, value]));
}

/** The parameter that PARAM in an annotation's key stands for. */
export function parameterOf(suffix: string): string {
  return suffix.replaceAll("-", "_");
}

/** The parameters of a family by what PARAM stands for, sorted; two annotations for one parameter are refused. */
export function parametersOf(
  reading: Reading,
  family: "auth-config" | "agent-telemetry",
): Map<string, Written> {
  const found = new Map<string, Written>();
  for (const written of reading.written.byName.values()) {
    if (written.spec.name !== family || !written.spec.engines.includes(reading.engine)) continue;
    const parameter = parameterOf(written.suffix ?? "");
    const other = found.get(parameter);
    if (other === undefined) found.set(parameter, written);
    else
      reject(
        reading,
        written,
        `sets ${quoted(parameter)}, as ${printableKey(other.key)} does: remove one of them`,
      );
  }
  return new Map([...found].sort(([left], [right]) => (left < right ? -1 : 1)));
}
