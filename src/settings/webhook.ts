import type { InjectionSettings } from "../annotations/settings.ts";
import { injectionSettingsOf, unknownVariables } from "./injection.ts";
import { injectionTable } from "./injection-table.ts";
import { type Environment, type Reading, readSettings, SettingsError } from "./reading.ts";
import { serverTable } from "./server-table.ts";
import type { CalledAs, ValuesOf } from "./setting.ts";

/** Every setting of the webhook: the one table behind parsing, `--help` and docs/settings.md. */
export const webhookTable = { ...serverTable, ...injectionTable };

/** The server's own settings. */
export type ServerSettings = ValuesOf<typeof serverTable>;

/** Settings that depend on what the cluster can do, unless the operator says. */
const CLUSTER_FEATURES = ["nativeSidecar", "envFromFile", "restartInPlace"] as const;
export type ClusterFeature = (typeof CLUSTER_FEATURES)[number];

/** Everything the webhook is told at start. */
export interface WebhookSettings {
  readonly server: ServerSettings;
  readonly injection: InjectionSettings;
  /** Which of `injection` are only guesses that the cluster's version should replace. */
  readonly askCluster: readonly ClusterFeature[];
  /** Harmless mistakes, for the log. */
  readonly warnings: readonly string[];
}

/**
 * Reads the webhook's flags and environment.
 * @throws {SettingsError} naming every mistake at once.
 */
export function webhookSettings(
  args: readonly string[],
  env: Environment,
  calledAs: CalledAs,
): WebhookSettings {
  const reading = readSettings(webhookTable, args, env, calledAs);
  const mistakes = [...reading.mistakes, ...contradictions(reading)];
  if (mistakes.length > 0) throw new SettingsError(mistakes);
  const { values } = reading;
  return {
    server: values,
    injection: injectionSettingsOf(values, reading.origins),
    askCluster: CLUSTER_FEATURES.filter((name) => values[name] === "auto"),
    warnings: unknownVariables(webhookTable, env),
  };
}

/** What is wrong with settings that are each right. */
function contradictions({ values, mistaken }: Reading<typeof webhookTable>): string[] {
  const found: string[] = [];
  if (values.vaultAddress === "" && !mistaken.has("vaultAddress")) {
    found.push(
      "AGENT_INJECT_VAULT_ADDR: must be set to the address of Vault, such as https://vault.vault.svc:8200",
    );
  }
  if (values.tlsCertFile !== "" && values.tlsKeyFile === "") {
    found.push("AGENT_INJECT_TLS_KEY_FILE: must be set too, since AGENT_INJECT_TLS_CERT_FILE is");
  }
  if (values.tlsKeyFile !== "" && values.tlsCertFile === "") {
    found.push("AGENT_INJECT_TLS_CERT_FILE: must be set too, since AGENT_INJECT_TLS_KEY_FILE is");
  }
  const hasNoHosts = values.tlsAutoHosts.length === 0 && !mistaken.has("tlsAutoHosts");
  if (values.tlsCertFile === "" && values.tlsKeyFile === "" && hasNoHosts) {
    found.push(
      "AGENT_INJECT_TLS_AUTO_HOSTS: must be set to the names the webhook is called by, unless AGENT_INJECT_TLS_CERT_FILE and AGENT_INJECT_TLS_KEY_FILE are",
    );
  }
  return found;
}
