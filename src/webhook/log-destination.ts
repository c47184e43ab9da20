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
  return gathered(pino.destination({ fd, sync: false }));
}

/**
 * Hands lines on many at a time, and keeps them as bytes until then. The stream can gather them itself, but as
 * strings of many pieces, which live long enough to be copied by the garbage collector, and with each line it
 * measures all that it holds again: 10 us of CPU a line under load.
 */
function gathered(stream: ReturnType<typeof pino.destination>): LogDestination {
  const bytes = Buffer.allocUnsafeSlow(GATHERED_BYTES);
  let length = 0;
  const handOn = (): void => {
    if (length > 0) stream.write(bytes.toString("utf8", 0, length));
    length = 0;
  };
  const writeOut = (): void => {
    if (length === 0) return;
    handOn();
    stream.flushSync();
  };
  const timer = setInterval(handOn, GATHERED_MILLISECONDS).unref();
  // However the process ends: what it said last says why. The stream ends itself when there is nothing left to do.
  process.prependOnceListener("beforeExit", handOn);
  process.once("exit", writeOut);
  return {
    stream: {
      write(line) {
        // No UTF-16 unit becomes more than three bytes.
        if (length + 3 * line.length > GATHERED_BYTES) handOn();
        if (3 * line.length > GATHERED_BYTES) stream.write(line);
        else length += bytes.write(line, length);
      },
    },
    end() {
      clearInterval(timer);
      process.off("beforeExit", handOn);
      process.off("exit", writeOut);
      handOn();
      stream.flushSync();
      stream.end();
    },
  };
}
