import type { IncomingMessage } from "node:http";
import { parseGoDuration } from "../settings/duration.ts";
import { RequestFault } from "./faults.ts";

/** How much of a request is taken, and for how long it is waited. */
export interface BodyLimits {
  readonly bodyLimit: number;
  /** Milliseconds. */
  readonly handlerTimeout: number;
}

/** Reads a request's body whole, or fails with a `RequestFault`; says so once. */
export type BodyReader = (
  request: IncomingMessage,
  done: (fault: RequestFault | undefined, body?: Buffer) => void,
) => void;

/**
 * A reader within limits: 413 as soon as the body is known to be too large, 504 when it is not complete in time.
 */
export function bodyReader(limits: BodyLimits): BodyReader {
  const timeoutOf = timeoutReader(limits.handlerTimeout);
  const tooLarge = () => new RequestFault("KEYCARD_BODY_TOO_LARGE", String(limits.bodyLimit));
  return (request, done) => {
    const timeout = timeoutOf(request.url ?? "");
    const chunks: Buffer[] = [];
    let length = 0;
    let open = true;
    const finish = (fault: RequestFault | undefined, body?: Buffer): void => {
      if (!open) return;
      open = false;
      clearTimeout(timer);
      done(fault, body);
    };
    const timer = setTimeout(() => finish(new RequestFault("KEYCARD_TIMEOUT", String(timeout))), timeout);
    // What is left of a refused body is read past and dropped; the connection closes after the answer.
    request.on("data", (chunk: Buffer) => {
      length += chunk.length;
      if (length > limits.bodyLimit) finish(tooLarge());
      else if (open) chunks.push(chunk);
    });
    request.on("end", () =>
      finish(undefined, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length)),
    );
    request.on("error", () => finish(new RequestFault("KEYCARD_MALFORMED")));
    if (Number(request.headers["content-length"] ?? 0) > limits.bodyLimit) finish(tooLarge());
  };
}

/**
 * Milliseconds in which the API server wants its answer: it sends its own limit along as `?timeout=10s`, and
 * does not listen any longer. Never more than the server's own limit. API servers send the same URL every
 * time, so the last one is remembered.
 */
export function timeoutReader(most: number): (url: string) => number {
  let lastUrl = "";
  let lastTimeout = most;
  return (url) => {
    if (url === lastUrl) return lastTimeout;
    const asked = /[?&]timeout=([^&]{1,20})(?:&|$)/.exec(url)?.[1];
    const milliseconds = asked === undefined ? undefined : parseGoDuration(asked);
    lastTimeout = milliseconds !== undefined && milliseconds > 0 ? Math.min(milliseconds, most) : most;
    lastUrl = url;
    return lastTimeout;
  };
}
