import { parentOf } from "../file-system.ts";
import { type Content, holds, replaceFile } from "./atomic-file.ts";
import { prepareDirectory } from "./boundary.ts";
import { type DirectoryFile, directoryHolds, replaceDirectory } from "./swapped-directory.ts";

/** Something to be on disk. */
export type Output =
  | {
      readonly kind: "file";
      readonly name: string;
      readonly path: string;
      readonly content: Content;
      readonly mode: number;
      /** Run by a shell after a change. */
      readonly command: string | undefined;
    }
  | {
      readonly kind: "directory";
      readonly name: string;
      readonly path: string;
      readonly files: ReadonlyMap<string, DirectoryFile>;
    };

/**
 * Puts an output on disk, unless it is there already.
 * @returns whether anything changed.
 * @throws BoundaryError, or what the file system raises; the old content is whole then.
 */
export function publishOutput(output: Output, writableDirectories: readonly string[]): boolean {
  if (output.kind === "file") {
    prepareDirectory(parentOf(output.path), writableDirectories);
    if (holds(output.path, output.content, output.mode)) return false;
    replaceFile(output.path, output.content, output.mode);
    return true;
  }
  prepareDirectory(output.path, writableDirectories);
  if (directoryHolds(output.path, output.files)) return false;
  replaceDirectory(output.path, output.files);
  return true;
}
