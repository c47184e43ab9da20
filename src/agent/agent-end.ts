import type { AgentConfig } from "../engines/native/agent-config.ts";

/** How an agent ended. */
export type AgentEnd =
  | { readonly kind: "done" }
  /** Everything is saved for the pod to start anew, because of these secrets. */
  | { readonly kind: "restart"; readonly changed: readonly string[] }
  /** `problems`: what failed, newest last. */
  | {
      readonly kind: "gave-up";
      readonly reason: "start-timeout" | "refused";
      readonly problems: readonly string[];
    };

/** Why it gave up, for the termination message: what was not to be had, and everything that stood in the way. */
export function explainEnd(end: Extract<AgentEnd, { kind: "gave-up" }>, config: AgentConfig): string {
  const what =
    end.reason === "start-timeout"
      ? `Keycard could not write this pod's secrets within ${config.startTimeoutSeconds} seconds.`
      : "Keycard gave up on this pod's secrets: Vault keeps refusing what they need.";
  const problems = end.problems.length === 0 ? ["Nothing failed; it took too long."] : end.problems;
  return [what, ...problems].join("\n");
}
