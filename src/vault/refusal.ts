import { isJsonObject, type JsonValue } from "../json.ts";
import { VaultError, type VaultErrorKind } from "./error.ts";
import type { HttpAnswer } from "./transport/exchange.ts";
import { errorCodeOf, TransportError } from "./transport/transport-error.ts";

/** What was asked, and of whom; the beginning of every message. */
export interface Asked {
  readonly method: string;
  readonly path: string;
  readonly address: string;
  /** Taken out of Vault's messages, should one repeat it. */
  readonly token: string | undefined;
}

const FIXES: Readonly<Record<VaultErrorKind, string>> = {
  unreachable: "Check the address, that Vault is up, and that the network lets it be reached from here.",
  timeout: "Vault or the network is slow; check both, or allow more time.",
  tls: "Check the CA certificate, the server name and the dates of Vault's certificate.",
  protocol: "Check that the address is Vault's and that no proxy answers in its place.",
  sealed: "Unseal Vault.",
  standby: "Ask the cluster's active node, or let the standby forward.",
  stale: "The node has not caught up with the cluster yet; the next try should do.",
  "rate-limited": "A quota or a busy Vault; slow down, or raise the quota.",
  server: "Vault, or a backend behind it, failed; its own log tells more.",
  denied: "Check that the token is still valid and that its policies allow this path.",
  "not-found": "Check the path, the mount and the namespace.",
  invalid: "Check the request against the mount's configuration.",
  aborted: "",
};

/** Longest message of Vault's that is passed on. */
const MAX_MESSAGE_CHARACTERS = 500;

function parse(body: string): JsonValue | undefined {
  try {
    return JSON.parse(body) as JsonValue;
  } catch {
    return undefined;
  }
}

/** Whether a token is long enough to be recognized; `root` in a message is a word like any other. */
function isTellTale(token: string | undefined): token is string {
  return token !== undefined && token.length >= 12;
}

/** Vault's tokens (`hvs.`, `hvb.`, `hvr.`, and `s.`, `b.`, `r.` before version 1.10), and JWTs. */
const CREDENTIALS =
  /\b(?:hv[sbr]\.[\w-]{20,}|[sbr]\.[A-Za-z0-9]{24,}|eyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?)/g;

/** A message of Vault's without what was, or looks like, a credential. */
function withoutCredentials(text: string, token: string | undefined): string {
  const known = isTellTale(token) ? text.replaceAll(token, "[token]") : text;
  return known.replace(CREDENTIALS, "[credential]");
}

/** The `errors` of Vault's error body, cut to a length that suits a log. */
function errorsIn(body: JsonValue | undefined, token: string | undefined): readonly string[] {
  if (!isJsonObject(body) || !Array.isArray(body.errors)) return [];
  return body.errors
    .filter((text): text is string => typeof text === "string" && text !== "")
    .map((text) => withoutCredentials(text, token))
    .map((text) => text.replace(/\s+/g, " ").trim().slice(0, MAX_MESSAGE_CHARACTERS));
}

/** `Retry-After` as seconds from now: a number of seconds or an HTTP date. */
export function retryAfterSeconds(header: string | undefined, nowMilliseconds: number): number | undefined {
  if (header === undefined) return undefined;
  const text = header.trim();
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const date = Date.parse(text);
  return Number.isNaN(date) ? undefined : Math.max(0, Math.ceil((date - nowMilliseconds) / 1000));
}

/** Whether a body is one that Vault refuses with: its errors, the state of a node, or a secret that was deleted. */
function isVaults(body: JsonValue | undefined): boolean {
  if (!isJsonObject(body)) return false;
  return (
    Array.isArray(body.errors) || typeof body.sealed === "boolean" || typeof body.request_id === "string"
  );
}

/**
 * Statuses 429, 472, 473, 501 and 503 of `sys/health` tell a node's state rather than an error; a load
 * balancer that asks it may pass 472 and 473 on for other paths too. A proxy or mesh that refuses a call, or has
 * nobody behind it, says nothing of token, lease or secret.
 */
function kindOf(
  status: number,
  path: string,
  errors: readonly string[],
  body: JsonValue | undefined,
): VaultErrorKind {
  const health = path === "sys/health" && isJsonObject(body) && typeof body.sealed === "boolean";
  if (status === 472 || status === 473) return "standby";
  if (health && status === 429) return "standby";
  if (health && status === 503) return "sealed";
  if (status === 429) return "rate-limited";
  if (status === 412) return "stale";
  if (!isVaults(body)) return [502, 503, 504].includes(status) ? "server" : "protocol";
  if (status === 403) return "denied";
  if (status === 404) return "not-found";
  if (status === 503 && errors.some((text) => /\bsealed\b/i.test(text))) return "sealed";
  if (errors.some((text) => text.includes("local node not active but active cluster node not found"))) {
    return "standby";
  }
  if (status >= 500) return "server";
  return status >= 400 ? "invalid" : "protocol";
}

/** The error for an answer with a status that is no success. */
export function refusal(asked: Asked, answer: HttpAnswer, nowMilliseconds: number): VaultError {
  const body = parse(answer.body);
  const errors = errorsIn(body, asked.token);
  const said =
    errors.length > 0
      ? `: ${errors.join("; ")}`
      : isVaults(body)
        ? ""
        : ` and ${describeForeignBody(answer)}`;
  const plainHttp = answer.body.includes("Client sent an HTTP request to an HTTPS server");
  // A wrong address, which no waiting mends.
  const kind = plainHttp ? "invalid" : kindOf(answer.status, asked.path, errors, body);
  const fix = plainHttp ? "Vault speaks HTTPS here: make the address https://." : FIXES[kind];
  return new VaultError(
    kind,
    `Vault at ${asked.address} answered ${asked.method} ${asked.path} with ${answer.status}${said}`,
    {
      fix,
      status: answer.status,
      errors,
      retryAfterSeconds: retryAfterSeconds(answer.headers["retry-after"], nowMilliseconds),
    },
  );
}

/** A body that is not Vault's, told by its type and size alone: it may hold anything. */
export function describeForeignBody(answer: HttpAnswer): string {
  const type = (answer.headers["content-type"] ?? "no content type").slice(0, 100);
  return answer.body === ""
    ? "an empty body"
    : `a body that is not Vault's (${type}, ${answer.body.length} characters)`;
}

/** The error for a success status whose body is not Vault's. */
export function protocolError(asked: Asked, answer: HttpAnswer, problem: string): VaultError {
  return new VaultError(
    "protocol",
    `Vault at ${asked.address} answered ${asked.method} ${asked.path} with ${answer.status}, but ${problem}`,
    { status: answer.status, fix: FIXES.protocol },
  );
}

function tlsFix(error: TransportError): string {
  switch (errorCodeOf(error.cause)) {
    case "CERT_HAS_EXPIRED":
      return "Renew Vault's certificate, or its CA's where that is what expired.";
    case "CERT_NOT_YET_VALID":
      return "Check the clock of this pod's node, and that of whoever issued the certificate.";
    default: {
      const speaksHttp = /wrong.version.number|packet length too long|http request/i.test(error.message);
      return speaksHttp ? "Vault speaks plain HTTP here: make the address http://." : FIXES.tls;
    }
  }
}

/** The error for a call that got no whole answer. */
export function transportFailure(asked: Asked, error: TransportError): VaultError {
  const fix = error.kind === "tls" ? tlsFix(error) : FIXES[error.kind];
  return new VaultError(
    error.kind,
    `${asked.method} ${asked.path} at Vault ${asked.address} failed: ${error.message}`,
    { cause: error, fix },
  );
}

/** Any failure of a call, as a {@link VaultError}; bugs pass through. */
export function asVaultError(asked: Asked, thrown: unknown): unknown {
  return thrown instanceof TransportError ? transportFailure(asked, thrown) : thrown;
}
