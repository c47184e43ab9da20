import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { type Admission, answer } from "./admission.ts";
import type { Admit } from "./admitter.ts";
import { type BodyLimits, bodyReader } from "./body.ts";
import { closesConnection, faultBody, faultOf, JSON_TYPE, logFault, RequestFault } from "./faults.ts";
import { logAdmission } from "./log.ts";
import type { AdmissionMetrics } from "./metrics.ts";

export interface AdmissionHandlerOptions {
  readonly limits: BodyLimits;
  readonly admit: Admit;
  readonly log: Logger;
  readonly metrics: AdmissionMetrics;
  /** Milliseconds on a monotonic clock. */
  readonly now: () => number;
  readonly isDraining: () => boolean;
}

/**
 * Answers admission requests on Node's own request and response: one buffer in, one text out, and none of a
 * framework's steps between.
 */
export function admissionHandler(
  options: AdmissionHandlerOptions,
): (request: IncomingMessage, response: ServerResponse) => void {
  const readBody = bodyReader(options.limits);
  const fail = (error: unknown, request: IncomingMessage, response: ServerResponse): void => {
    const fault = faultOf(error, request.headers, options.log);
    options.metrics.fault(fault.statusCode);
    logFault(options.log, fault);
    const close = closesConnection(fault) || options.isDraining();
    send(response, fault.statusCode, faultBody(fault), close);
  };
  return (request, response) => {
    const type = request.headers["content-type"];
    if (!isJson(type)) return fail(new RequestFault("KEYCARD_MEDIA_TYPE", type ?? "none"), request, response);
    readBody(request, (error, body) => {
      try {
        if (body === undefined) throw error;
        review(body, response, options);
      } catch (thrown) {
        fail(thrown, request, response);
      }
    });
  };
}

function review(body: Buffer, response: ServerResponse, options: AdmissionHandlerOptions): void {
  const { metrics, log, now } = options;
  const start = now();
  let admission: Admission | undefined;
  metrics.started();
  try {
    admission = options.admit(body);
    send(response, 200, answer(admission), options.isDraining());
  } finally {
    const milliseconds = now() - start;
    metrics.finished(milliseconds / 1000, admission);
    if (admission) logAdmission(log, admission, milliseconds);
  }
}

/** The media type alone counts, whatever its parameters. */
function isJson(type: string | undefined): boolean {
  return type === "application/json" || type?.split(";", 1)[0]?.trim().toLowerCase() === "application/json";
}

/** `body` is ASCII. Text goes out in one piece with its head, and ASCII without conversion. */
function send(response: ServerResponse, status: number, body: string, close: boolean): void {
  response.writeHead(status, {
    "content-type": JSON_TYPE,
    "content-length": body.length,
    ...(close ? { connection: "close" } : {}),
  });
  response.end(body, "latin1");
}
