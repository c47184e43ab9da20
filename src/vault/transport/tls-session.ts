import type { Socket } from "node:net";
import type { DetailedPeerCertificate, PeerCertificate, TLSSocket } from "node:tls";
import type { TlsContexts } from "./tls-material.ts";
import { asTransportError, errorCodeOf, TransportError } from "./transport-error.ts";

/** How the other side of a TLS session is checked. */
export interface TlsOptions {
  /** SNI, and the name the certificate must be for; undefined: the host's. */
  readonly serverName: string | undefined;
  readonly skipVerify: boolean;
  readonly contexts: TlsContexts;
}

/** Waits for one of a socket's events; rejects with its error, or when it closes first. */
export function settled(socket: Socket, event: "connect" | "secureConnect"): Promise<void> {
  return new Promise((resolve, reject) => {
    const done = (error?: unknown): void => {
      socket.off(event, done).off("error", done).off("close", closed);
      if (error === undefined) resolve();
      else reject(error);
    };
    const closed = (): void => done(new TransportError("unreachable", "connection closed"));
    socket.on(event, done).on("error", done).on("close", closed);
  });
}

/** The readable part of an OpenSSL error. */
function opensslReason(error: unknown): string | undefined {
  if (!(error instanceof Error) || !("reason" in error)) return undefined;
  return typeof error.reason === "string" ? error.reason : undefined;
}

function nameOf(entity: PeerCertificate["subject"]): string {
  const name = entity.CN ?? entity.O ?? "without a name";
  return JSON.stringify(Array.isArray(name) ? name[0] : name).slice(0, 200);
}

/** The certificate of a chain that is out of its time, and since or until when; undefined: none is. */
function outOfTime(leaf: DetailedPeerCertificate | undefined, code: string): string | undefined {
  const now = Date.now();
  const seen = new Set<DetailedPeerCertificate>();
  for (let shown = leaf; shown?.valid_to && !seen.has(shown); shown = shown.issuerCertificate) {
    seen.add(shown);
    const [from, to] = [new Date(shown.valid_from), new Date(shown.valid_to)];
    const whose = `the certificate of ${nameOf(shown.subject)}, issued by ${nameOf(shown.issuer)},`;
    if (code === "CERT_HAS_EXPIRED" && to.getTime() <= now) return `${whose} expired on ${to.toISOString()}`;
    if (code === "CERT_NOT_YET_VALID" && from.getTime() > now) {
      return `${whose} is not valid before ${from.toISOString()}`;
    }
  }
  return undefined;
}

/** What `node:tls` raised, as the kind it is: a handshake cut off is the network's fault, the rest TLS's. */
function asTlsError(error: unknown, shown: DetailedPeerCertificate | undefined): TransportError {
  const code = errorCodeOf(error);
  if (error instanceof TransportError || ["ECONNRESET", "EPIPE", "ETIMEDOUT"].includes(code)) {
    return asTransportError(error);
  }
  const dated = ["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"].includes(code)
    ? outOfTime(shown, code)
    : undefined;
  const reason = dated ?? opensslReason(error) ?? (error instanceof Error ? error.message : String(error));
  return new TransportError("tls", code ? `${reason} (${code})` : reason, { cause: error });
}

/** Keeps the certificates that the other side shows: a socket whose session was refused has them no more. */
function keepChain(socket: TLSSocket): () => DetailedPeerCertificate | undefined {
  let shown: DetailedPeerCertificate | undefined;
  // Emitted when the handshake is done, before Node.js looks at what came of the verification.
  socket.prependOnceListener("secure", () => {
    shown = socket.getPeerCertificate(true);
  });
  return () => shown;
}

/**
 * A TLS session over an open connection.
 * @param track told of the session's socket before anything can go wrong with it.
 * @throws TransportError
 */
export async function secure(
  raw: Socket,
  host: string,
  options: TlsOptions,
  track: (socket: Socket) => void,
): Promise<Socket> {
  const { isIP } = process.getBuiltinModule("node:net");
  const name = options.serverName ?? host.replace(/^\[|\]$/g, "");
  const socket = process.getBuiltinModule("node:tls").connect({
    socket: raw,
    host: name,
    ...(isIP(name) ? {} : { servername: name }),
    secureContext: options.contexts.current(),
    rejectUnauthorized: !options.skipVerify,
    ALPNProtocols: ["http/1.1"],
  });
  track(socket);
  const shown = keepChain(socket);
  try {
    await settled(socket, "secureConnect");
  } catch (error) {
    throw asTlsError(error, shown());
  }
  return socket;
}
