import type { AgentConfig } from "../engines/native/agent-config.ts";
import type { MachineState, SlotRequest } from "../leases/index.ts";
import type { Dependency } from "../templates/index.ts";
import { slotRequestOf } from "./login-verification.ts";
import type { Publication } from "./publication.ts";

/** The secrets that the pod's files need, as rendering them has shown. The machine knows only their keys. */
export interface KnownDependencies {
  of(key: string): Dependency | undefined;
  /** @returns what the machine is to keep for them, each once. */
  learn(dependencies: readonly Dependency[]): readonly SlotRequest[];
  /** The same after files were written. What failed to render shows only part of its needs, so nothing is let go then. */
  after(publication: Publication, before: MachineState): readonly SlotRequest[];
}

export function createKnownDependencies(config: AgentConfig): KnownDependencies {
  const known = new Map<string, Dependency>();
  const learn = (dependencies: readonly Dependency[]): readonly SlotRequest[] => {
    const named = new Map(dependencies.map((dependency) => [dependency.key, dependency]));
    for (const [key, dependency] of named) known.set(key, dependency);
    return [...named.values()].map((dependency) => slotRequestOf(config, dependency));
  };
  return {
    of: (key) => known.get(key),
    learn,
    after({ dependencies, event }, { slots }) {
      const kept = event.complete ? [] : slots.flatMap(({ key }) => known.get(key) ?? []);
      return learn([...kept, ...dependencies]);
    },
  };
}
