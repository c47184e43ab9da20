import { Writable } from "node:stream";

/** Turns JSON lines into lines for people: `TIME LEVEL event key=value …`. */
export class PlainLines extends Writable {
  readonly #write: (line: string) => void;

  constructor(write: (line: string) => void) {
    super({ decodeStrings: false });
    this.#write = write;
  }

  override _write(chunk: string, _encoding: BufferEncoding, done: (error?: Error | null) => void): void {
    for (const line of chunk.split("\n")) if (line !== "") this.#write(`${plainLine(line)}\n`);
    done();
  }
}

/** One JSON log line as a person reads it. */
export function plainLine(line: string): string {
  const { time, level, event, ...fields } = JSON.parse(line) as Record<string, unknown>;
  const rest = Object.entries(fields).map(([name, value]) => ` ${name}=${plainValue(value)}`);
  return `${String(time)} ${String(level).toUpperCase().padEnd(5)} ${String(event)}${rest.join("")}`;
}

function plainValue(value: unknown): string {
  return typeof value === "string" && /^[\x21\x23-\x7e]+$/.test(value) ? value : JSON.stringify(value);
}
