import { KeycardError } from "../../errors.ts";

const TIMEOUT_MS = 30_000;

/**
 * Runs a command with `/bin/sh -c`, as `agent-inject-command` promises. Its output goes nowhere: it may show
 * what it read.
 * @throws when it fails, or runs for longer than 30 seconds (it is killed then).
 */
export function runCommand(command: string): Promise<void> {
  const { spawn } = process.getBuiltinModule("node:child_process");
  return new Promise((resolve, reject) => {
    const child = spawn("/bin/sh", ["-c", command], {
      stdio: "ignore",
      timeout: TIMEOUT_MS,
      killSignal: "SIGKILL",
    });
    child.on("error", (cause) => {
      reject(
        new KeycardError("KEYCARD_COMMAND", `the command could not be run: ${cause.message}`, { cause }),
      );
    });
    child.on("exit", (status, signal) => {
      if (status === 0) resolve();
      else
        reject(new KeycardError("KEYCARD_COMMAND", `the command ended with ${signal ?? `status ${status}`}`));
    });
  });
}
