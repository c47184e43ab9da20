/**
 * An `import` of node:fs evaluates all its exports, the promises among them; fetched like this only what is
 * used is loaded. The agent's files are small and in memory, so synchronous calls are the fast ones, and
 * they start no thread.
 */
export const fs = process.getBuiltinModule("node:fs");
export const path = process.getBuiltinModule("node:path").posix;

/**
 * A name in a directory. Joining clean paths needs no more than this; `path.join` walks them character by
 * character, often enough for V8 to load its optimizing compilers (2.4 MB) over it.
 */
export function pathIn(directory: string, name: string): string {
  return `${directory}/${name}`;
}

/** An absolute path without `.`, `..`, double slashes, or one at the end. */
export function cleanPath(file: string): string {
  const unclean = file.length > 1 && /\/(?:\.{0,2}\/|\.{0,2}$)/.test(file);
  return unclean ? path.normalize(file).replace(/(?<=.)\/$/, "") : file;
}

/** The directory that a clean absolute path lies in. */
export function parentOf(file: string): string {
  return file.slice(0, Math.max(1, file.lastIndexOf("/")));
}

/** Whether a clean absolute path is a directory or lies under it. */
export function isWithin(target: string, directory: string): boolean {
  return target === directory || target.startsWith(directory.endsWith("/") ? directory : `${directory}/`);
}

/** Makes a directory and those it lies in, unless it is there: nearly always it is a mount, or made before. */
export function makeDirectory(directory: string, mode: number): void {
  if (!fs.existsSync(directory)) fs.mkdirSync(directory, { recursive: true, mode });
}

/** Removes a file or a symbolic link, if it is there. @throws what the file system raises, for a directory too */
export function removeFile(file: string): void {
  if (fs.lstatSync(file, { throwIfNoEntry: false })) fs.unlinkSync(file);
}

/** `code` of a file system error, e.g. `ENOENT`; `""`: it is something else. */
export function fileErrorCode(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
}
