import type { MachineState } from "../leases/index.ts";
import type { Dependency } from "../templates/index.ts";
import type { VaultResponse } from "../vault/response.ts";
import { fileErrorCode, fs, makeDirectory, pathIn, removeFile } from "./file-system.ts";
import type { Outstanding } from "./notify/notifier.ts";
import { replaceFile } from "./publishing/atomic-file.ts";
import type { SecretStore } from "./secret-store.ts";

/** What init container and sidecar hand each other: the machine's state and the secrets it refers to. */
export interface SavedState {
  readonly machine: MachineState;
  readonly tokens: readonly (readonly [sessionId: number, token: string])[];
  readonly readings: readonly (readonly [
    serial: number,
    reading: { readonly dependency: Dependency; readonly answer?: VaultResponse | undefined },
  ])[];
  readonly outstanding: Outstanding;
}

/** Raised whenever older files can no longer be read. */
const VERSION = 2;
const NAME = "state.json";
const READY_NAME = "ready";

/** Why a state file is not used. */
export type UnusableState =
  | "other-version"
  | "other-configuration"
  | "open-to-others"
  | "damaged"
  /** Another user's, say. */
  | "unreadable";

export type LoadedState =
  | { readonly kind: "none" }
  | { readonly kind: "unusable"; readonly reason: UnusableState }
  | { readonly kind: "saved"; readonly saved: SavedState };

/** The state in its directory: a memory volume that only the agent's containers mount. */
export interface StateFile {
  load(): LoadedState;
  /** @throws what the file system raises. */
  save(machine: MachineState, store: SecretStore, outstanding: Outstanding): void;
  remove(): void;
  /** A mark for `keycard-agent probe`: everything is published and works. */
  markReady(ready: boolean): void;
}

function isSavedState(value: unknown): value is SavedState & { version: unknown; config: unknown } {
  return (
    typeof value === "object" &&
    value !== null &&
    "machine" in value &&
    typeof value.machine === "object" &&
    value.machine !== null &&
    "tokens" in value &&
    Array.isArray(value.tokens) &&
    "readings" in value &&
    Array.isArray(value.readings) &&
    "outstanding" in value &&
    typeof value.outstanding === "object" &&
    value.outstanding !== null &&
    "untold" in value.outstanding &&
    Array.isArray(value.outstanding.untold)
  );
}

function parse(json: string, config: string): LoadedState {
  let value: unknown;
  try {
    value = JSON.parse(json);
  } catch {
    return { kind: "unusable", reason: "damaged" };
  }
  if (!isSavedState(value)) return { kind: "unusable", reason: "damaged" };
  if (value.version !== VERSION) return { kind: "unusable", reason: "other-version" };
  if (value.config !== config) return { kind: "unusable", reason: "other-configuration" };
  return { kind: "saved", saved: value };
}

/**
 * @param config the agent's configuration as text: a state is used only by an agent with the same one.
 */
export function createStateFile(directory: string, config: string): StateFile {
  const file = pathIn(directory, NAME);
  const ready = pathIn(directory, READY_NAME);
  return {
    load() {
      try {
        const stat = fs.lstatSync(file, { throwIfNoEntry: false });
        if (stat === undefined) return { kind: "none" };
        if (!stat.isFile() || (stat.mode & 0o077) !== 0)
          return { kind: "unusable", reason: "open-to-others" };
        return parse(fs.readFileSync(file, "utf8"), config);
      } catch (error) {
        if (fileErrorCode(error) === "") throw error;
        return { kind: "unusable", reason: "unreadable" };
      }
    },
    save(machine, store, outstanding) {
      makeDirectory(directory, 0o700);
      const readings = [...store.readings].map(
        ([serial, { dependency, answer }]) => [serial, { dependency, answer }] as const,
      );
      const saved: SavedState = { machine, tokens: [...store.tokens], readings, outstanding };
      replaceFile(file, JSON.stringify({ version: VERSION, config, ...saved }), 0o600);
    },
    remove() {
      removeFile(file);
    },
    markReady(isReady) {
      if (!isReady) {
        removeFile(ready);
      } else if (!fs.existsSync(ready)) {
        makeDirectory(directory, 0o700);
        replaceFile(ready, "", 0o600);
      }
    },
  };
}

/** Whether the agent that keeps its state in this directory has everything published and working. */
export function isMarkedReady(directory: string): boolean {
  return fs.existsSync(pathIn(directory, READY_NAME));
}
