import { fileErrorCode, fs } from "./file-system.ts";

/**
 * Keeps the memory of this process, and with it every token and password, out of core dumps. A limit on their
 * size would not do: the kernel ignores it where it hands dumps to a program (core(5)).
 * @returns whether the host can do so.
 */
export function keepMemoryOutOfCoreDumps(): boolean {
  try {
    fs.writeFileSync("/proc/self/coredump_filter", "0");
    return true;
  } catch (error) {
    if (fileErrorCode(error) === "") throw error;
    return false;
  }
}
