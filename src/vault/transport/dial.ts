import type { Socket } from "node:net";
import { tlsContexts } from "./tls-material.ts";
import { secure, settled, type TlsOptions } from "./tls-session.ts";
import { asTransportError, isUntrusted, TransportError } from "./transport-error.ts";

/** Where a connection goes. */
export type Endpoint =
  | { readonly kind: "tcp"; readonly host: string; readonly port: number; readonly tls: boolean }
  | { readonly kind: "unix"; readonly path: string };

/** How connections are made; the same for all of a client's. */
export interface DialOptions extends TlsOptions {
  readonly proxy: URL | undefined;
  readonly connectTimeoutSeconds: number;
  readonly signal: AbortSignal;
}

/** Longest answer of a proxy to CONNECT that is read. */
const MAX_PROXY_HEAD_BYTES = 16 * 1024;

function connectTcp(host: string, port: number): Socket {
  return process.getBuiltinModule("node:net").connect({
    host: host.replace(/^\[|\]$/g, ""),
    port,
    noDelay: true,
    keepAlive: true,
    keepAliveInitialDelay: 15_000,
  });
}

/** The proxy's answer to CONNECT: its status line, once its head is complete. */
function proxyStatusLine(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    let head = "";
    const finish = (error: TransportError | undefined): void => {
      socket.off("data", onData).off("error", onError).off("close", onClose).pause();
      if (error) reject(error);
      else resolve(head.slice(0, head.indexOf("\r\n")));
    };
    const onError = (error: unknown): void => finish(asTransportError(error));
    const onClose = (): void => finish(new TransportError("unreachable", "the proxy closed the connection"));
    const onData = (chunk: Buffer): void => {
      head += chunk.toString("latin1");
      if (head.includes("\r\n\r\n")) finish(undefined);
      else if (head.length > MAX_PROXY_HEAD_BYTES) {
        finish(new TransportError("protocol", "the proxy's answer to CONNECT has no end"));
      }
    };
    socket.on("data", onData).on("error", onError).on("close", onClose);
  });
}

/** `Proxy-Authorization` for a proxy address with user information; undefined without. */
export function proxyAuthorization(proxy: URL): string | undefined {
  if (proxy.username === "" && proxy.password === "") return undefined;
  const user = `${decodeURIComponent(proxy.username)}:${decodeURIComponent(proxy.password)}`;
  return `Basic ${Buffer.from(user).toString("base64")}`;
}

async function tunnel(socket: Socket, authority: string, proxy: URL): Promise<void> {
  const authorization = proxyAuthorization(proxy);
  const credentials = authorization === undefined ? "" : `Proxy-Authorization: ${authorization}\r\n`;
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${credentials}\r\n`);
  const statusLine = await proxyStatusLine(socket);
  if (!/^HTTP\/1\.[01] 2\d\d/.test(statusLine)) {
    const said = statusLine.slice(0, 100).replace(/[^\x20-\x7e]/g, "?");
    throw new TransportError(
      "unreachable",
      `proxy ${proxy.host} refused to connect to ${authority}: ${said}`,
    );
  }
}

async function openProxy(proxy: URL, track: (socket: Socket) => void): Promise<Socket> {
  const secured = proxy.protocol === "https:";
  const socket = connectTcp(proxy.hostname, Number(proxy.port) || (secured ? 443 : 80));
  track(socket);
  try {
    await settled(socket, "connect");
  } catch (error) {
    const reason = asTransportError(error);
    throw new TransportError(reason.kind, `proxy ${proxy.host}: ${reason.message}`, { cause: error });
  }
  if (!secured) return socket;
  const plainTrust = {
    serverName: undefined,
    skipVerify: false,
    contexts: tlsContexts({ skipVerify: false }),
  };
  return secure(socket, proxy.hostname, plainTrust, track);
}

async function open(
  endpoint: Endpoint,
  options: DialOptions,
  track: (socket: Socket) => void,
): Promise<Socket> {
  if (endpoint.kind === "unix") {
    const socket = process.getBuiltinModule("node:net").connect({ path: endpoint.path });
    track(socket);
    await settled(socket, "connect");
    return socket;
  }
  let socket: Socket;
  if (options.proxy) {
    socket = await openProxy(options.proxy, track);
    if (endpoint.tls) await tunnel(socket, `${endpoint.host}:${endpoint.port}`, options.proxy);
  } else {
    socket = connectTcp(endpoint.host, endpoint.port);
    track(socket);
    await settled(socket, "connect");
  }
  return endpoint.tls ? secure(socket, endpoint.host, options, track) : socket;
}

async function dialOnce(endpoint: Endpoint, options: DialOptions): Promise<Socket> {
  let current: Socket | undefined;
  const giveUp = (error: TransportError) => (): void => {
    current?.destroy(error);
  };
  const timeout = new TransportError(
    "timeout",
    `no connection within ${options.connectTimeoutSeconds} seconds`,
  );
  const timer = setTimeout(giveUp(timeout), options.connectTimeoutSeconds * 1000);
  const onAbort = giveUp(new TransportError("aborted", "the client was closed"));
  options.signal.addEventListener("abort", onAbort, { once: true });
  try {
    options.signal.throwIfAborted();
    return await open(endpoint, options, (socket) => {
      current = socket;
    });
  } catch (error) {
    current?.destroy();
    throw options.signal.aborted
      ? new TransportError("aborted", "the client was closed", { cause: error })
      : asTransportError(error);
  } finally {
    clearTimeout(timer);
    options.signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Opens a connection that is ready for HTTP: TCP or Unix socket, through a proxy if there is one, TLS agreed
 * and the certificate verified.
 * @throws TransportError
 */
export async function dial(endpoint: Endpoint, options: DialOptions): Promise<Socket> {
  try {
    return await dialOnce(endpoint, options);
  } catch (error) {
    if (!isUntrusted(error) || !options.contexts.widen()) throw error;
    return await dialOnce(endpoint, options);
  }
}
