import { KeycardError } from "../../errors.ts";
import { fileErrorCode, fs, path } from "../file-system.ts";

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

function isInside(target: string, directory: string): boolean {
  const relative = path.relative(directory, target);
  return relative !== "" && relative !== ".." && !relative.startsWith("../") && !path.isAbsolute(relative);
}

/** Where a path really leads, as far as it exists. */
function realPathOf(target: string): string {
  try {
    return fs.realpathSync(target);
  } catch (error) {
    const parent = path.dirname(target);
    if (fileErrorCode(error) !== "ENOENT" || parent === target) throw error;
    return path.join(realPathOf(parent), path.basename(target));
  }
}

/**
 * Makes the directory of a file to be written, and makes sure that it is where it seems: the app writes to
 * the same volume, and a symbolic link of its making must not lead the agent elsewhere.
 * @throws BoundaryError
 */
export function prepareDirectory(directory: string, writableDirectories: readonly string[]): void {
  const wanted = path.normalize(directory);
  const root = writableDirectories.find((candidate) => wanted === candidate || isInside(wanted, candidate));
  if (root === undefined) throw new BoundaryError(directory, writableDirectories);
  const realRoot = realPathOf(root);
  const check = (): void => {
    const real = realPathOf(wanted);
    if (real !== realRoot && !isInside(real, realRoot))
      throw new BoundaryError(directory, writableDirectories);
  };
  check();
  fs.mkdirSync(wanted, { recursive: true, mode: 0o755 });
  check();
}
