import { type DestinationStream, pino } from "pino";
import { PlainLines } from "./plain-lines.ts";

/** Where log lines go; `end` writes out what is still buffered. */
export interface LogDestination {
  readonly stream: DestinationStream;
  end(): void;
}

/**
 * Lines are gathered up to this length, or this long: each write wakes a thread of the pool, which on a busy
 * core costs as much as dozens of lines.
 */
const GATHERED_CHARACTERS = 64 * 1024;
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

/** Hands lines on many at a time: what the stream does for each write is done once for all of them. */
function gathered(stream: ReturnType<typeof pino.destination>): LogDestination {
  let lines = "";
  const handOn = (): void => {
    if (lines !== "") stream.write(lines);
    lines = "";
  };
  const timer = setInterval(handOn, GATHERED_MILLISECONDS).unref();
  return {
    stream: {
      write(line) {
        lines += line;
        if (lines.length >= GATHERED_CHARACTERS) handOn();
      },
    },
    end() {
      clearInterval(timer);
      handOn();
      stream.flushSync();
      stream.end();
    },
  };
}
