import type { IncomingMessage, ServerResponse } from "node:http";
import type { Logger } from "pino";
import { type Admission, type AnswerWriter, admit, answerWriter, type Mutate } from "./admission.ts";
import { type BodyLimits, bodyReader } from "./body.ts";
import { closesConnection, faultBody, faultOf, JSON_TYPE, logFault, RequestFault } from "./faults.ts";
import { logAdmission } from "./log.ts";
import type { AdmissionMetrics } from "./metrics.ts";
import { decodeReview } from "./review.ts";

export interface AdmissionHandlerOptions {
  readonly limits: BodyLimits;
  readonly mutate: Mutate;
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
  const writeAnswer = answerWriter();
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
        review(body, response, writeAnswer, options);
      } catch (thrown) {
        fail(thrown, request, response);
      }
    });
  };
}

function review(
  body: Buffer,
  response: ServerResponse,
  writeAnswer: AnswerWriter,
  options: AdmissionHandlerOptions,
): void {
  const { metrics, log, now } = options;
  const start = now();
  let admission: Admission | undefined;
  metrics.started();
  try {
    admission = admit(decodeReview(body), options.mutate);
    send(response, 200, writeAnswer(admission), options.isDraining());
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

/** Text goes out in one piece with its head, and what is ASCII, as nearly all answers are, without conversion. */
function send(response: ServerResponse, status: number, body: string, close: boolean): void {
  const length = Buffer.byteLength(body);
  response.writeHead(status, {
    "content-type": JSON_TYPE,
    "content-length": length,
    ...(close ? { connection: "close" } : {}),
  });
  response.end(body, length === body.length ? "latin1" : "utf8");
}
