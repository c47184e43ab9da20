import { fileErrorCode, fs, pathIn, removeFile } from "../file-system.ts";

/** Text, or bytes as they are. */
export type Content = string | Uint8Array;

function writeNew(file: string, content: Content, mode: number): void {
  // Exclusive, so that it is never an existing file or a symbolic link that gets the secret; and closed to
  // others until the content is whole.
  const descriptor = fs.openSync(file, "wx", 0o600);
  try {
    fs.writeFileSync(descriptor, content);
    fs.fchmodSync(descriptor, mode);
  } finally {
    fs.closeSync(descriptor);
  }
}

/** Creates a file that must not exist yet; on failure nothing of it is left. */
export function createFile(file: string, content: Content, mode: number): void {
  try {
    writeNew(file, content, mode);
  } catch (error) {
    if (fileErrorCode(error) !== "EEXIST") removeFile(file);
    throw error;
  }
}

/**
 * Replaces a file as one: readers see the old content or the new, whole. There is no fsync: secrets live in
 * memory volumes, which do not outlive the host.
 */
export function replaceFile(file: string, content: Content, mode: number): void {
  const slash = file.lastIndexOf("/");
  // One name for each file, so that a killed agent leaves one temporary file behind at most.
  const temporary = pathIn(file.slice(0, slash), `.${file.slice(slash + 1)}.keycard-new`);
  removeFile(temporary);
  createFile(temporary, content, mode);
  try {
    fs.renameSync(temporary, file);
  } catch (error) {
    removeFile(temporary);
    throw error;
  }
}

/** Whether a regular file has this content and mode already. */
export function holds(file: string, content: Content, mode: number): boolean {
  const stat = fs.lstatSync(file, { throwIfNoEntry: false });
  if (stat?.isFile() !== true || (stat.mode & 0o7777) !== mode) return false;
  return fs.readFileSync(file).equals(typeof content === "string" ? Buffer.from(content) : content);
}
