import type { InjectionRequest } from "../../annotations/request.ts";
import { agentConfig, type PodFacts } from "./configuration.ts";
import { literal } from "./postgres-environment.ts";

/** Longer ones are made anew each time: a pod may name paths of any length. */
const MOST_REMEMBERED_CHARACTERS = 16 * 1024;

/**
 * Encodes the agent's configuration as the value of its variable. Pods of one workload nearly always have the
 * same, so the last one is remembered.
 */
export function configEncoder(
  request: InjectionRequest,
  writableDirectories: readonly string[],
): (facts: PodFacts) => string {
  let lastKey = "";
  let lastValue = "";
  return (facts) => {
    const key = JSON.stringify(facts);
    if (key === lastKey) return lastValue;
    const value = literal(JSON.stringify(agentConfig(request, facts, writableDirectories)));
    if (value.length <= MOST_REMEMBERED_CHARACTERS) [lastKey, lastValue] = [key, value];
    return value;
  };
}
