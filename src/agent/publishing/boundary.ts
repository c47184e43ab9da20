import { KeycardError } from "../../errors.ts";
import { cleanPath, fileErrorCode, fs, isWithin, makeDirectory, parentOf, pathIn } from "../file-system.ts";

/** A file that would end up outside the directories the agent may write to. */
export class BoundaryError extends KeycardError {
  constructor(target: string, directories: readonly string[]) {
    super(
      "KEYCARD_AGENT_BOUNDARY",
      `${target} is outside of the directories the agent writes to (${directories.join(", ")}). ` +
        "Choose a destination inside one of them, and no symbolic link that leads out.",
    );
    this.name = "BoundaryError";
  }
}

/** Where a path really leads, as far as it exists. */
function realPathOf(target: string): string {
  try {
    return fs.realpathSync.native(target);
  } catch (error) {
    const parent = parentOf(target);
    if (fileErrorCode(error) !== "ENOENT" || parent === target) throw error;
    return pathIn(realPathOf(parent), target.slice(target.lastIndexOf("/") + 1));
  }
}

/**
 * Makes the directory of a file to be written, and makes sure that it is where it seems: the app writes to
 * the same volume, and a symbolic link of its making must not lead the agent elsewhere.
 * @throws BoundaryError
 */
export function prepareDirectory(directory: string, writableDirectories: readonly string[]): void {
  const wanted = cleanPath(directory);
  const root = writableDirectories.find((candidate) => isWithin(wanted, candidate));
  if (root === undefined) throw new BoundaryError(directory, writableDirectories);
  const realRoot = realPathOf(root);
  const check = (): void => {
    if (!isWithin(realPathOf(wanted), realRoot)) throw new BoundaryError(directory, writableDirectories);
  };
  check();
  makeDirectory(wanted, 0o755);
  check();
}
