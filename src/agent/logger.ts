/** What a log line may say: flat values only, so that no object with a secret inside is ever printed whole. */
export type LogFields = Readonly<Record<string, string | number | boolean | undefined>>;

export type LogLevel = "trace" | "debug" | "info" | "warn" | "error";

/** Structured log: one JSON object a line, as pino writes them. */
export interface Logger {
  trace(event: string, fields?: LogFields): void;
  debug(event: string, fields?: LogFields): void;
  info(event: string, fields?: LogFields): void;
  warn(event: string, fields?: LogFields): void;
  error(event: string, fields?: LogFields): void;
}

/** pino's numbers. */
const LEVELS: Readonly<Record<LogLevel, number>> = { trace: 10, debug: 20, info: 30, warn: 40, error: 50 };

export interface LoggerOptions {
  readonly level: LogLevel;
  /** In every line. */
  readonly base: LogFields;
  readonly write: (line: string) => void;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
}

/**
 * A logger without a dependency: pino itself would cost the agent a third of its memory. `event` names what
 * happened, e.g. `lease-renewed`; `msg` is the field `message` when there is one, else the event's words.
 */
export function createLogger({ level, base, write, now }: LoggerOptions): Logger {
  const log =
    (lineLevel: LogLevel) =>
    (event: string, fields: LogFields = {}) => {
      if (LEVELS[lineLevel] < LEVELS[level]) return;
      const { message, ...others } = fields;
      const msg = message ?? event.replaceAll("-", " ");
      write(`${JSON.stringify({ level: LEVELS[lineLevel], time: now(), ...base, event, ...others, msg })}\n`);
    };
  return {
    trace: log("trace"),
    debug: log("debug"),
    info: log("info"),
    warn: log("warn"),
    error: log("error"),
  };
}
