import { fromBytes } from "./bytes.ts";

/** As consul-template allows a plugin. */
const TIMEOUT_MILLISECONDS = 30_000;
const MAX_OUTPUT_BYTES = 16 * 1024 * 1024;

/** A program as `plugin` names it. */
export interface Program {
  readonly file: string;
  readonly args: readonly string[];
  /** All that it sees of the environment. */
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/** How a program ended, if not well. */
function failureOf(
  error: (Error & { readonly code?: string }) | undefined,
  status: number | null,
  signal: string | null,
): string | undefined {
  switch (error?.code) {
    case undefined:
      break;
    case "ENOENT":
      return "no such program";
    case "EACCES":
      return "it is not executable";
    case "ENOBUFS":
      return `it wrote more than ${MAX_OUTPUT_BYTES} bytes`;
    case "ETIMEDOUT":
      return `did not finish in ${TIMEOUT_MILLISECONDS / 1000}s`;
    default:
      return error?.message;
  }
  if (status === 0) return undefined;
  return signal === null ? `exit status ${status}` : `signal ${signal}`;
}

/**
 * Runs a program without a shell and without input, to its end.
 * @returns what it wrote to its standard output
 * @throws Error when it cannot be started, fails, takes longer than 30 seconds or writes more than 16 MiB
 */
export function runProgram({ file, args, environment }: Program): Uint8Array {
  // Node would refuse it too, with a message that repeats the argument.
  if ([file, ...args].some((text) => text.includes("\0"))) {
    throw new Error(`exec "${file}": an argument holds a null byte`);
  }
  const { spawnSync } = process.getBuiltinModule("node:child_process");
  const { stdout, stderr, status, signal, error } = spawnSync(file, [...args], {
    env: environment,
    killSignal: "SIGKILL",
    maxBuffer: MAX_OUTPUT_BYTES,
    stdio: ["ignore", "pipe", "pipe"],
    timeout: TIMEOUT_MILLISECONDS,
  });
  const failure = failureOf(error, status, signal);
  if (failure === undefined) return stdout;
  const complaint = fromBytes((stderr ?? Buffer.alloc(0)).toString("latin1")).trim();
  throw new Error(`exec "${file}": ${failure}${complaint === "" ? "" : `: ${complaint}`}`);
}
