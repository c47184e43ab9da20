import { problemLine } from "../../annotations/problem.ts";
import type { InjectionOutcome, SkipReason } from "../../injection/outcome.ts";

const SKIP_REASONS: Readonly<Record<SkipReason, string>> = {
  "not-requested": "it does not ask for injection",
  disabled: "its annotations turn injection off",
  "already-injected": "it has everything already",
  "already-running": "its status says that it runs",
};

/** What was done to a resource, or why not, for a person: one line, and one for each problem and warning. */
export function reportLines(resource: string, outcome: InjectionOutcome): readonly string[] {
  const warnings = outcome.warnings.map((warning) => `  warning: ${warning}`);
  switch (outcome.kind) {
    case "skipped":
      return [`${resource}: unchanged, ${SKIP_REASONS[outcome.reason]}`, ...warnings];
    case "denied":
      return [
        `${resource}: denied`,
        ...outcome.problems.map((problem) => `  ${problemLine(problem)}`),
        ...warnings,
      ];
    case "injected": {
      const { engine, mode, secrets, containers } = outcome.summary;
      const parts = [
        `engine ${engine}`,
        MODES[mode],
        `${secrets} ${secrets === 1 ? "secret" : "secrets"}`,
        containers.length === 0 ? "no container sees them" : `for ${containers.join(", ")}`,
      ];
      return [`${resource}: injected, ${parts.join("; ")}`, ...warnings];
    }
  }
}

/** Annotations of a workload reach none of its pods, which shows only in that nothing happens. */
export function misplacedLine(key: string): string {
  return `  warning: ${key} on the workload itself is not read: write it into the metadata of its pod template`;
}

const MODES = {
  init_and_sidecar: "init container and sidecar",
  init_only: "init container only",
  sidecar_only: "sidecar only",
  none: "no agent",
} as const;
