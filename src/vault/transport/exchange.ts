import type { Agent, ClientRequest, IncomingHttpHeaders, IncomingMessage } from "node:http";
import { asTransportError, TransportError } from "./transport-error.ts";

// An `import` of node:http evaluates all its exports, WebSocket and with it undici among them: 30 ms and
// 6 MB of private memory that the agent would pay in every pod.
const http = process.getBuiltinModule("node:http");

/** One request as it goes over the wire. */
export interface HttpRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** One whole answer. */
export interface HttpAnswer {
  readonly status: number;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface ExchangeLimits {
  /** From the start to the last byte of the answer. */
  readonly timeoutSeconds: number;
  readonly maxBodyBytes: number;
  readonly signal: AbortSignal | undefined;
}

function readBody(answer: IncomingMessage, limits: ExchangeLimits): Promise<string> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    answer.on("data", (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= limits.maxBodyBytes) {
        chunks.push(chunk);
        return;
      }
      answer.destroy();
      reject(new TransportError("protocol", `the answer is longer than ${limits.maxBodyBytes} bytes`));
    });
    answer.on("end", () => resolve(Buffer.concat(chunks).toString("utf8")));
    answer.on("error", (error) => reject(error));
    answer.on("close", () => {
      if (!answer.complete) reject(new TransportError("unreachable", "connection closed mid-answer"));
    });
  });
}

/** Resolves at the head of the answer. */
function headOf(request: ClientRequest): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    request.on("response", resolve);
    request.on("error", (error) => {
      reject(asTransportError(error, { staleConnection: request.reusedSocket }));
    });
  });
}

/** A timer set for longer goes off at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** What may end an exchange from our side. */
interface Watch {
  /** Why it was ended; undefined: it was not. */
  reason(): TransportError | undefined;
  stop(): void;
}

/** Ends the request when time is up or the signal says so. */
function watch(request: ClientRequest, { timeoutSeconds, signal }: ExchangeLimits): Watch {
  let connected = false;
  let reason: TransportError | undefined;
  const giveUp = (why: TransportError): void => {
    reason = why;
    request.destroy(why);
  };
  const onTimeout = (): void => {
    const what = connected ? "no whole answer" : "no connection";
    giveUp(new TransportError("timeout", `${what} within ${Number(timeoutSeconds.toFixed(2))} seconds`));
  };
  const onAbort = (): void => giveUp(aborted(signal));
  const timer = setTimeout(onTimeout, Math.min(timeoutSeconds * 1000, LONGEST_TIMER_MS));
  signal?.addEventListener("abort", onAbort, { once: true });
  request.once("socket", () => {
    connected = true;
  });
  return {
    reason: () => reason,
    stop() {
      clearTimeout(timer);
      signal?.removeEventListener("abort", onAbort);
    },
  };
}

function aborted(signal: AbortSignal | undefined): TransportError {
  return new TransportError("aborted", "the call was cancelled", { cause: signal?.reason });
}

/** Path and query; the whole address when an HTTP proxy is to fetch it. */
export type TargetForm = "origin" | "absolute";

/**
 * Sends one request and reads its whole answer.
 * @throws TransportError when no whole answer comes back in time.
 */
export async function exchange(
  agent: Agent,
  { method, url, headers, body }: HttpRequest,
  limits: ExchangeLimits,
  form: TargetForm = "origin",
): Promise<HttpAnswer> {
  if (limits.signal?.aborted) throw aborted(limits.signal);
  const length = body === undefined ? {} : { "content-length": String(Buffer.byteLength(body)) };
  const request = http.request({
    agent,
    method,
    path: form === "absolute" ? url.href : `${url.pathname}${url.search}`,
    headers: { host: url.host, ...headers, ...length },
  });
  const watching = watch(request, limits);
  try {
    const head = headOf(request);
    request.end(body);
    const answer = await head;
    return {
      status: answer.statusCode ?? 0,
      headers: answer.headers,
      body: await readBody(answer, limits),
    };
  } catch (error) {
    throw watching.reason() ?? asTransportError(error);
  } finally {
    watching.stop();
  }
}
