/** What a command may touch of the world. Entry points hand in the process's own; tests their doubles. */
export interface CommandIo {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdin: NodeJS.ReadableStream;
  readonly stdout: NodeJS.WritableStream;
  readonly stderr: NodeJS.WritableStream;
  /** Aborted on SIGINT and SIGTERM. */
  readonly signal: AbortSignal;
}

/** One command of `keycard`. */
export interface Command {
  readonly name: string;
  /** One line for `keycard --help`. */
  readonly summary: string;
  /** The whole text of `keycard NAME --help`, without a final newline. */
  readonly help: string;
  /** Runs the command; resolves to the exit code: 0 done, 1 failed, 2 wrong usage. */
  run(args: readonly string[], io: CommandIo): Promise<number>;
}
