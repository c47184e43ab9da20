/**
 * An `import` of node:fs evaluates all its exports, the promises among them; fetched like this only what is
 * used is loaded. The agent's files are small and in memory, so synchronous calls are the fast ones, and
 * they start no thread.
 */
export const fs = process.getBuiltinModule("node:fs");
export const path = process.getBuiltinModule("node:path").posix;

/** `code` of a file system error, e.g. `ENOENT`; `""`: it is something else. */
export function fileErrorCode(thrown: unknown): string {
  return thrown instanceof Error && "code" in thrown && typeof thrown.code === "string" ? thrown.code : "";
}
