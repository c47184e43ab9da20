import { AGENT_CONFIG_VARIABLE } from "../engines/native/agent-config.ts";
import { KeycardError } from "../errors.ts";

/** What the agent's process is told by its environment. */
export interface AgentEnvironment {
  /** The configuration as the webhook wrote it: JSON. */
  readonly config: string;
  /** `""`: unknown. */
  readonly podName: string;
  readonly podNamespace: string;
  /** Where health and metrics listen: the pod's own address; every address where it is unknown. */
  readonly healthHost: string | undefined;
  /** Where kubelet looks for a termination message. */
  readonly terminationMessagePath: string;
  /** The variables of the agent's container as templates see them: without its configuration, which has all of them. */
  readonly variables: ReadonlyMap<string, string>;
}

/** kubelet's own default. */
const TERMINATION_LOG = "/dev/termination-log";

/** @throws KeycardError `KEYCARD_AGENT_NOT_CONFIGURED` outside of a pod that the webhook has patched. */
export function readAgentEnvironment(env: Readonly<Record<string, string | undefined>>): AgentEnvironment {
  const config = env[AGENT_CONFIG_VARIABLE] ?? "";
  if (config === "") {
    throw new KeycardError(
      "KEYCARD_AGENT_NOT_CONFIGURED",
      `The variable ${AGENT_CONFIG_VARIABLE} is not set. The agent runs in pods that Keycard's webhook has patched; ` +
        "check that this pod is one.",
    );
  }
  return {
    config,
    podName: env["KEYCARD_POD_NAME"] ?? "",
    podNamespace: env["KEYCARD_POD_NAMESPACE"] ?? "",
    healthHost: env["POD_IP"] || undefined,
    terminationMessagePath: env["KEYCARD_TERMINATION_LOG"] || TERMINATION_LOG,
    variables: new Map(
      Object.entries(env).flatMap(([name, value]) =>
        value === undefined || name === AGENT_CONFIG_VARIABLE ? [] : [[name, value]],
      ),
    ),
  };
}
