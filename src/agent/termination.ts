import { fileErrorCode, fs } from "./file-system.ts";

/** Kubernetes shows at most this much of a termination message. */
const MAX_BYTES = 4096;

/**
 * Leaves a message for `kubectl describe pod`. Only where kubelet has put the file: outside of a container
 * there is nobody to read it. Never throws: it is the last thing a failing process does.
 */
export function writeTerminationMessage(file: string, message: string): void {
  try {
    const descriptor = fs.openSync(file, fs.constants.O_WRONLY | fs.constants.O_TRUNC);
    try {
      fs.writeSync(descriptor, Buffer.from(message).subarray(0, MAX_BYTES));
    } finally {
      fs.closeSync(descriptor);
    }
  } catch (error) {
    if (fileErrorCode(error) === "") throw error;
  }
}
