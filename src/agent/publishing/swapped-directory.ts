import { fs, pathIn, removeFile } from "../file-system.ts";
import { type Content, createFile, holds } from "./atomic-file.ts";

export interface DirectoryFile {
  readonly content: Content;
  readonly mode: number;
}

/** The link that readers go through; named as kubelet's own atomic writer names it. */
const CURRENT = "..data";
const NEXT = "..data_new";

function currentTarget(directory: string): string | undefined {
  try {
    return fs.readlinkSync(pathIn(directory, CURRENT));
  } catch {
    return undefined;
  }
}

/** Whether the directory shows exactly these files. */
export function directoryHolds(directory: string, files: ReadonlyMap<string, DirectoryFile>): boolean {
  const target = currentTarget(directory);
  if (target === undefined) return false;
  const data = pathIn(directory, target);
  const names = fs.existsSync(data) ? fs.readdirSync(data) : [];
  if (names.length !== files.size) return false;
  return [...files].every(([name, { content, mode }]) => {
    const link = fs.lstatSync(pathIn(directory, name), { throwIfNoEntry: false });
    return link?.isSymbolicLink() === true && holds(pathIn(data, name), content, mode);
  });
}

function linkNames(directory: string, names: Iterable<string>): void {
  for (const name of names) {
    const link = pathIn(directory, name);
    const target = pathIn(CURRENT, name);
    const stat = fs.lstatSync(link, { throwIfNoEntry: false });
    if (stat?.isSymbolicLink() && fs.readlinkSync(link) === target) continue;
    if (stat) fs.rmSync(link, { recursive: true, force: true });
    fs.symlinkSync(target, link);
  }
}

/** Removes older data, what a killed agent left half done, and links to files that are no more. */
function removeLeftovers(directory: string, keep: string, names: ReadonlyMap<string, unknown>): void {
  for (const entry of fs.readdirSync(directory)) {
    const full = pathIn(directory, entry);
    if (entry.startsWith("..")) {
      if (entry !== CURRENT && entry !== keep) fs.rmSync(full, { recursive: true, force: true });
    } else if (!names.has(entry) && fs.lstatSync(full, { throwIfNoEntry: false })?.isSymbolicLink()) {
      fs.unlinkSync(full);
    }
  }
}

/**
 * Replaces all files of a directory as one. They live in a hidden directory of their own; each name is a link
 * through `..data`, and one rename of that link changes them all: nobody finds the new user beside the old
 * password, and whoever watches a ConfigMap knows how to watch this.
 */
export function replaceDirectory(directory: string, files: ReadonlyMap<string, DirectoryFile>): void {
  const data = fs.mkdtempSync(pathIn(directory, "..keycard-"));
  const name = data.slice(directory.length + 1);
  try {
    fs.chmodSync(data, 0o755);
    for (const [file, { content, mode }] of files) createFile(pathIn(data, file), content, mode);
    const next = pathIn(directory, NEXT);
    removeFile(next);
    fs.symlinkSync(name, next);
    fs.renameSync(next, pathIn(directory, CURRENT));
  } catch (error) {
    fs.rmSync(data, { recursive: true, force: true });
    throw error;
  }
  linkNames(directory, files.keys());
  removeLeftovers(directory, name, files);
}
