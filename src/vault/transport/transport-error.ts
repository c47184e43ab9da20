import { KeycardError } from "../../errors.ts";

/** What went wrong below HTTP, or with HTTP's own framing. */
export type TransportErrorKind = "unreachable" | "timeout" | "tls" | "protocol" | "aborted";

/** No whole answer came back: the connection failed, or what came over it was no HTTP answer. */
export class TransportError extends KeycardError {
  readonly kind: TransportErrorKind;
  /**
   * The server closed a kept-alive connection before any byte of an answer: the request may be sent again
   * on a new one when repeating it is harmless.
   */
  readonly staleConnection: boolean;

  constructor(
    kind: TransportErrorKind,
    message: string,
    options: { readonly cause?: unknown; readonly staleConnection?: boolean } = {},
  ) {
    super(`KEYCARD_TRANSPORT_${kind.toUpperCase() as Uppercase<TransportErrorKind>}`, message, {
      cause: options.cause,
    });
    this.name = "TransportError";
    this.kind = kind;
    this.staleConnection = options.staleConnection ?? false;
  }
}

const UNTRUSTED: ReadonlySet<string> = new Set([
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
]);

/** Whether a TLS session failed because no trusted root vouches for the certificate. */
export function isUntrusted(error: unknown): boolean {
  return error instanceof TransportError && error.kind === "tls" && UNTRUSTED.has(errorCodeOf(error.cause));
}

/** `code` of a Node.js system or TLS error; `""` when there is none. */
export function errorCodeOf(thrown: unknown): string {
  if (typeof thrown !== "object" || thrown === null || !("code" in thrown)) return "";
  return typeof thrown.code === "string" ? thrown.code : "";
}

const NETWORK_REASONS: ReadonlyMap<string, string> = new Map([
  ["ECONNREFUSED", "connection refused"],
  ["ECONNRESET", "connection reset"],
  ["EPIPE", "connection closed while sending"],
  ["ENOTFOUND", "host name not found"],
  ["EAI_AGAIN", "host name lookup failed for now"],
  ["EHOSTUNREACH", "no route to host"],
  ["ENETUNREACH", "network unreachable"],
  ["ENOENT", "no such socket file"],
  ["EACCES", "no permission to use the socket"],
  ["ECONNABORTED", "connection aborted"],
]);

/** Turns what `node:net`, `node:tls` or `node:http` raised into a {@link TransportError}. */
export function asTransportError(
  thrown: unknown,
  options: { readonly staleConnection?: boolean } = {},
): TransportError {
  if (thrown instanceof TransportError) return thrown;
  const code = errorCodeOf(thrown);
  const text = thrown instanceof Error ? thrown.message : String(thrown);
  if (code === "ETIMEDOUT") return new TransportError("timeout", "connection timed out", { cause: thrown });
  const reason = NETWORK_REASONS.get(code);
  if (reason !== undefined) {
    return new TransportError("unreachable", reason, { cause: thrown, ...options });
  }
  if (code.startsWith("HPE_")) {
    return new TransportError("protocol", "what came back is not an HTTP answer", { cause: thrown });
  }
  return new TransportError("unreachable", text || code || "connection failed", {
    cause: thrown,
    ...options,
  });
}
