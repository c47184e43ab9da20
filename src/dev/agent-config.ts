import { join } from "node:path";
import type { AgentConfig, AgentTemplate } from "../engines/native/agent-config.ts";

/**
 * The configuration of an agent that asks for nothing and runs outside a cluster: everything as it is by default,
 * files in `secrets` and `state` below the directory, and the service-account token in its `token`.
 */
export function plainAgentConfig(directory: string, vaultAddress: string): AgentConfig {
  return {
    version: 1,
    vault: {
      address: vaultAddress,
      namespace: "",
      tls: { skipVerify: false },
      proxyAddress: "",
      timeoutSeconds: 60,
    },
    auth: {
      type: "kubernetes",
      mountPath: "auth/kubernetes",
      namespace: "",
      config: { role: "app", token_path: join(directory, "token") },
      minBackoffSeconds: 1,
      maxBackoffSeconds: 300,
    },
    templates: [],
    postgres: [],
    writableDirectories: [join(directory, "secrets")],
    stateDirectory: join(directory, "state"),
    notify: { kind: "none" },
    staticSecretIntervalSeconds: 300,
    verifyIntervalSeconds: 0,
    rotationGraceSeconds: 30,
    startTimeoutSeconds: 60,
    exitOnRetryFailure: true,
    revoke: true,
    revokeTimeoutSeconds: 5,
    initOnly: false,
    healthPort: 0,
    logLevel: "info",
  };
}

/** A template as it is by default, rendered into the pod's secrets. */
export function plainTemplate(directory: string, name: string, text: string): AgentTemplate {
  return {
    name,
    source: { kind: "inline", text },
    destination: join(directory, "secrets", name),
    leftDelimiter: "{{",
    rightDelimiter: "}}",
    errorOnMissingKey: false,
    mode: 0o644,
  };
}
