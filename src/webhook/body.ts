import type { IncomingMessage } from "node:http";
import type { FastifyRequest } from "fastify";
import { parseGoDuration } from "../settings/duration.ts";
import { RequestFault } from "./faults.ts";

/** How much of a request is taken, and for how long it is waited. */
export interface BodyLimits {
  readonly bodyLimit: number;
  readonly handlerTimeoutMilliseconds: number;
}

/**
 * Reads a request's body whole.
 * @throws {RequestFault} 413 as soon as the body is known to be too large, 504 when it is not complete in time.
 */
export function readBody(
  request: FastifyRequest,
  payload: IncomingMessage,
  limits: BodyLimits,
  done: (error: Error | null, body?: Buffer) => void,
): void {
  const timeout = timeoutOf(request, limits.handlerTimeoutMilliseconds);
  const chunks: Buffer[] = [];
  let length = 0;
  const finish = (error: Error | null, body?: Buffer): void => {
    clearTimeout(timer);
    payload.off("data", onData).off("end", onEnd).off("error", onError);
    // What is left of a refused body is read past; the connection closes after the answer.
    if (error) payload.resume();
    done(error, body);
  };
  const onData = (chunk: Buffer): void => {
    length += chunk.length;
    if (length > limits.bodyLimit)
      finish(new RequestFault("KEYCARD_BODY_TOO_LARGE", String(limits.bodyLimit)));
    else chunks.push(chunk);
  };
  const onEnd = (): void => finish(null, chunks.length === 1 ? chunks[0] : Buffer.concat(chunks, length));
  const onError = (): void => finish(new RequestFault("KEYCARD_MALFORMED"));
  const timer = setTimeout(() => finish(new RequestFault("KEYCARD_TIMEOUT", String(timeout))), timeout);
  payload.on("data", onData).on("end", onEnd).on("error", onError);
  if (Number(request.headers["content-length"] ?? 0) > limits.bodyLimit) {
    finish(new RequestFault("KEYCARD_BODY_TOO_LARGE", String(limits.bodyLimit)));
  }
}

/**
 * Milliseconds in which the API server wants its answer: it sends its own limit along as `?timeout=10s`, and
 * does not listen any longer. Never more than the server's own limit.
 */
export function timeoutOf(request: Pick<FastifyRequest, "url">, most: number): number {
  const asked = /[?&]timeout=([^&]{1,20})(?:&|$)/.exec(request.url)?.[1];
  const milliseconds = asked === undefined ? undefined : parseGoDuration(asked);
  return milliseconds !== undefined && milliseconds > 0 ? Math.min(milliseconds, most) : most;
}
