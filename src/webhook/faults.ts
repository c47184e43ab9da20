import type { IncomingHttpHeaders } from "node:http";
import type { Logger } from "pino";
import { KeycardError } from "../errors.ts";
import { asciiJson } from "./ascii-json.ts";

export const JSON_TYPE = "application/json; charset=utf-8";

/** Every way a request can fail before there is an admission to answer: status, Kubernetes reason, message. */
const FAULTS = {
  KEYCARD_NOT_FOUND: [404, "NotFound", "There is nothing here. The webhook answers on /mutate."],
  KEYCARD_METHOD_NOT_ALLOWED: [405, "MethodNotAllowed", "This path takes only %s."],
  KEYCARD_MEDIA_TYPE: [415, "UnsupportedMediaType", "Expected content type application/json, got %s."],
  KEYCARD_BODY_TOO_LARGE: [
    413,
    "RequestEntityTooLarge",
    "The body is larger than %s bytes; KEYCARD_BODY_LIMIT sets the limit.",
  ],
  KEYCARD_TIMEOUT: [504, "Timeout", "The request was not complete within %s ms."],
  KEYCARD_BODY_EMPTY: [400, "BadRequest", "The body is empty; expected an AdmissionReview."],
  KEYCARD_BODY_NOT_JSON: [400, "BadRequest", "The body is not JSON: %s."],
  KEYCARD_PROTOTYPE_KEY: [400, "BadRequest", "The body has a key __proto__, which no Kubernetes object has."],
  KEYCARD_NOT_A_REVIEW: [400, "BadRequest", "Expected an AdmissionReview, got %s."],
  KEYCARD_REVIEW_VERSION: [
    400,
    "BadRequest",
    "Expected apiVersion admission.k8s.io/v1 or admission.k8s.io/v1beta1, got %s.",
  ],
  KEYCARD_NO_REQUEST: [400, "BadRequest", "The AdmissionReview has no request."],
  KEYCARD_REQUEST_FIELD: [400, "BadRequest", "The AdmissionReview's request.%s must be text."],
  KEYCARD_MALFORMED: [400, "BadRequest", "The HTTP request is malformed."],
  KEYCARD_INTERNAL: [
    500,
    "InternalError",
    "The webhook failed on this request; its log says why. This is a defect worth reporting.",
  ],
} as const;

export type FaultCode = keyof typeof FAULTS;

/** A request that cannot be answered with an admission. */
export class RequestFault extends KeycardError {
  readonly statusCode: number;
  /** Reason of a Kubernetes Status. */
  readonly reason: string;

  /** `detail` fills the place that the message of this code leaves open. */
  constructor(code: FaultCode, detail = "") {
    const [statusCode, reason, message] = FAULTS[code];
    super(
      code,
      message.replace("%s", () => shortened(detail)),
    );
    this.name = "RequestFault";
    this.statusCode = statusCode;
    this.reason = reason;
  }
}

/** The body of a failed request, in ASCII: a Kubernetes Status, whose message the API server passes on. */
export function faultBody(fault: RequestFault): string {
  const status = {
    kind: "Status",
    apiVersion: "v1",
    status: "Failure",
    code: fault.statusCode,
    reason: fault.reason,
    message: fault.message,
    details: { causes: [{ reason: fault.code }] },
  };
  return asciiJson(JSON.stringify(status));
}

/** A body may still be on its way that nobody reads. */
export function closesConnection({ statusCode }: RequestFault): boolean {
  return statusCode === 413 || statusCode === 504;
}

export function logFault(log: Logger, fault: RequestFault): void {
  log.warn({ code: fault.code, status: fault.statusCode, reason: fault.message }, "request refused");
}

/** Fastify's own errors in our terms; what is neither's is a defect, logged with its stack. */
export function faultOf(error: unknown, headers: IncomingHttpHeaders, log: Logger): RequestFault {
  if (error instanceof RequestFault) return error;
  const status = error instanceof Error && "statusCode" in error ? error.statusCode : undefined;
  if (status === 415) return new RequestFault("KEYCARD_MEDIA_TYPE", headers["content-type"] ?? "none");
  if (status === 400) return new RequestFault("KEYCARD_MALFORMED");
  log.error({ err: error }, "request failed");
  return new RequestFault("KEYCARD_INTERNAL");
}

/** What a request says of itself goes into messages only printable and short. */
function shortened(detail: string): string {
  const printable = detail.replace(/[^\x20-\x7e]/g, "?");
  return printable.length > 120 ? `${printable.slice(0, 120)}…` : printable;
}
