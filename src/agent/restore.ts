import { messageOf } from "../errors.ts";
import type { MachineState } from "../leases/index.ts";
import type { Logger } from "./logger.ts";
import type { Outstanding } from "./notify/notifier.ts";
import { restoreReading } from "./secret-reader.ts";
import type { SecretStore, StoredReading } from "./secret-store.ts";
import type { StateFile } from "./state-file.ts";

/** What an earlier process left. */
export interface RestoredState {
  readonly machine: MachineState;
  readonly outstanding: Outstanding;
}

/**
 * Takes over what an earlier process saved; undefined: nothing, or nothing that can be used.
 * @param store gets its tokens and readings.
 */
export async function restoreState(
  from: {
    readonly stateFile: StateFile;
    readonly templates: typeof import("../templates/index.ts") | undefined;
    readonly log: Logger;
  },
  store: SecretStore,
): Promise<RestoredState | undefined> {
  const { stateFile, templates, log } = from;
  const loaded = stateFile.load();
  if (loaded.kind === "none") return undefined;
  if (loaded.kind === "unusable") {
    log.warn("state-not-used", { reason: loaded.reason });
    return undefined;
  }
  const { machine, tokens, readings, outstanding } = loaded.saved;
  const restored = new Map<number, StoredReading>();
  try {
    for (const [serial, saved] of readings) restored.set(serial, await restoreReading(saved, templates));
  } catch (error) {
    log.warn("state-not-used", { reason: "damaged", message: messageOf(error) });
    return undefined;
  }
  for (const [id, token] of tokens) store.tokens.set(id, token);
  for (const [serial, reading] of restored) store.readings.set(serial, reading);
  return { machine, outstanding };
}
