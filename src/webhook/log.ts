import { type DestinationStream, type Logger, pino } from "pino";
import { ClusterError } from "../cluster/cluster-error.ts";
import { KeycardError, messageOf } from "../errors.ts";
import { type Admission, denialMessage } from "./admission.ts";

/** Fields that could carry something secret; a log line shows that they were there, never what they held. */
const REDACTED = ["token", "password", "privateKey", "authorization", "headers", "body", "pod", "patch"];

/** A logger of JSON lines: `level`, `time`, `event` and the event's fields. */
export function createLogger(level: string, destination: DestinationStream): Logger {
  return pino(
    {
      level,
      base: null,
      messageKey: "event",
      timestamp: isoTime(),
      formatters: { level: (label) => ({ level: label }) },
      redact: { paths: REDACTED, censor: "[redacted]" },
    },
    destination,
  );
}

/** The time as pino's own `isoTime` writes it, once a millisecond: a busy server logs many lines in each. */
function isoTime(): () => string {
  let last = 0;
  let text = "";
  return () => {
    const now = Date.now();
    if (now !== last) text = `,"time":"${new Date(now).toISOString()}"`;
    last = now;
    return text;
  };
}

/** Writes the one line that each admission gets: a refusal warns, a defect is an error. */
export function logAdmission(log: Logger, admission: Admission, milliseconds: number): void {
  const { review, outcome } = admission;
  const fields = {
    decision: outcome.kind,
    namespace: review.namespace,
    ...review.podName,
    uid: review.uid,
    ms: Math.round(milliseconds * 1000) / 1000,
  };
  switch (outcome.kind) {
    case "skipped":
      log.info({ ...fields, reason: outcome.reason }, "admission");
      break;
    case "injected":
      log.info({ ...fields, ...outcome.summary, warnings: outcome.warnings.length }, "admission");
      break;
    case "denied":
      log.warn(
        { ...fields, problems: outcome.problems.length, reason: denialMessage(outcome.problems) },
        "admission",
      );
      break;
    case "failed":
      log.error({ ...fields, err: outcome.error }, "admission");
      break;
  }
}

/** Longest part of a cause that is logged: what others put into their messages has no bounds. */
const LONGEST_CAUSE = 300;

/** Writes a problem that the server lives on with: an expected one by what it says, a defect with its stack. */
export function logProblem(log: Logger, part: string, error: unknown): void {
  if (!(error instanceof KeycardError)) {
    log.error({ part, err: error }, "problem");
    return;
  }
  const { cause } = error;
  const detail = cause === undefined ? {} : { cause: messageOf(cause).slice(0, LONGEST_CAUSE) };
  log.warn({ part, ...named(error), ...detail }, "problem");
}

/** Writes that a problem is over. */
export function logRecovered(log: Logger, part: string, error: unknown): void {
  log.info(
    { part, ...(error instanceof KeycardError ? named(error) : { reason: messageOf(error) }) },
    "problem over",
  );
}

function named(error: KeycardError): Readonly<Record<string, string>> {
  const kind = error instanceof ClusterError ? { kind: error.kind } : {};
  return { code: error.code, ...kind, reason: error.message };
}
