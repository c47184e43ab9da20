import type { AgentConfig } from "../engines/native/agent-config.ts";
import type { LeaseSettings } from "../leases/index.ts";

/** The part of the configuration that decides when what is done. */
export function leaseSettingsOf(config: AgentConfig): LeaseSettings {
  return {
    minBackoffMs: config.auth.minBackoffSeconds * 1000,
    maxBackoffMs: config.auth.maxBackoffSeconds * 1000,
    staticIntervalMs: config.staticSecretIntervalSeconds * 1000,
    verifyIntervalMs: config.verifyIntervalSeconds * 1000,
    graceMs: config.rotationGraceSeconds * 1000,
    revoke: config.revoke && !config.initOnly,
    ownsTokens: config.auth.type !== "token_file",
    revokeTimeoutMs: config.revokeTimeoutSeconds * 1000,
    startTimeoutMs: config.startTimeoutSeconds * 1000,
    giveUpWhenRefused: config.exitOnRetryFailure,
    publishesToken: config.tokenFile !== undefined,
  };
}
