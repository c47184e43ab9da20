import type { AgentConfig } from "../engines/native/agent-config.ts";
import { messageOf } from "../errors.ts";
import type { MachineState } from "../leases/index.ts";
import type { Logger } from "./logger.ts";
import type { Outstanding } from "./notify/notifier.ts";
import type { SecretStore } from "./secret-store.ts";
import type { StateFile } from "./state-file.ts";

/** Keeps the state file as current as what the next process has to know. */
export interface StateSaver {
  /**
   * Saves what changed since it was last saved.
   * @param ready everything is published and can be expected to work.
   * @returns whether the next process will know everything.
   */
  save(state: MachineState, outstanding: Outstanding, ready: boolean): boolean;
}

interface Saved {
  readonly state: MachineState;
  readonly outstanding: Outstanding;
}

/** Whether a process that starts from the older state would do the same as one that starts from the newer. */
function tellsTheSame(older: Saved, newer: Saved): boolean {
  return (
    older.state.slots === newer.state.slots &&
    older.state.sessions === newer.state.sessions &&
    older.state.retired === newer.state.retired &&
    older.state.publishing.once === newer.state.publishing.once &&
    older.outstanding === newer.outstanding
  );
}

export function createStateSaver(options: {
  readonly config: AgentConfig;
  readonly mode: "once" | "serve";
  readonly stateFile: StateFile;
  readonly store: SecretStore;
  readonly log: Logger;
}): StateSaver {
  const { config, mode, stateFile, store, log } = options;
  let last: Saved | undefined;
  return {
    save(state, outstanding, ready) {
      if (state.phase !== "running") return false;
      const now: Saved = { state, outstanding };
      const same = last !== undefined && tellsTheSame(last, now);
      try {
        if (mode === "serve") stateFile.markReady(ready);
        if (same || (config.initOnly && mode === "serve")) return same;
        stateFile.save(state, store, outstanding);
        last = now;
        return true;
      } catch (error) {
        log.warn("state-not-saved", { message: messageOf(error) });
        return false;
      }
    },
  };
}
