import { type DestinationStream, pino } from "pino";
import { PlainLines } from "./plain-lines.ts";

/** Where log lines go; `end` writes out what is still buffered. */
export interface LogDestination {
  readonly stream: DestinationStream;
  end(): void;
}

/**
 * Lines are gathered up to this many bytes, or this long: each write wakes a thread of the pool, which on a busy
 * core costs as much as dozens of lines.
 */
const GATHERED_BYTES = 64 * 1024;
const GATHERED_MILLISECONDS = 100;

/** Writes JSON lines, or lines for people, to a stream; to a file descriptor without holding up the caller. */
export function logDestination(output: NodeJS.WritableStream, format: "standard" | "json"): LogDestination {
  if (format === "standard") {
    return { stream: new PlainLines((line) => output.write(line)), end: () => {} };
  }
  const fd = "fd" in output && typeof output.fd === "number" ? output.fd : undefined;
  if (fd === undefined) return { stream: { write: (line) => output.write(line) }, end: () => {} };
  const stream = pino.destination({
    fd,
    sync: false,
    minLength: GATHERED_BYTES,
    maxWrite: 2 * GATHERED_BYTES,
    periodicFlush: GATHERED_MILLISECONDS,
  });
  return {
    stream,
    end() {
      stream.flushSync();
      stream.end();
    },
  };
}
