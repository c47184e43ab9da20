import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer, type ServerOptions } from "node:https";
import { createServer as createNetServer, type Server, type Socket } from "node:net";
import { createVaultClient, type VaultClientOptions } from "../../src/vault/client.ts";
import type { VaultConnection } from "../../src/vault/connection.ts";
import { VaultError } from "../../src/vault/error.ts";
import type { VaultClient } from "../../src/vault/response.ts";

/** A request as a double saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

/** What a double answers. */
export interface DoubleAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

export type Answering = (request: SeenRequest, response: ServerResponse) => DoubleAnswer | undefined;

export interface HttpDouble extends AsyncDisposable {
  readonly address: string;
  readonly port: number;
  readonly seen: readonly SeenRequest[];
  /** TCP connections it took. */
  readonly connections: () => number;
}

async function listening(server: Server, at: number | string): Promise<number> {
  await new Promise<void>((resolve) => {
    if (typeof at === "string") server.listen(at, resolve);
    else server.listen(at, "127.0.0.1", resolve);
  });
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

/** Sockets are ended with the server: a double may leave some open on purpose. */
function closing(server: Server): { readonly count: () => number; readonly close: () => Promise<void> } {
  const sockets = new Set<Socket>();
  let count = 0;
  server.on("connection", (socket: Socket) => {
    count++;
    sockets.add(socket);
    socket.on("error", () => undefined).on("close", () => sockets.delete(socket));
  });
  return {
    count: () => count,
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

export interface HttpDoubleOptions {
  readonly tls?: ServerOptions;
  /** A socket file in place of a free port. */
  readonly at?: string;
}

/** An HTTP server on a free port that answers as told and remembers what it was asked. */
export async function startHttpDouble(
  answer: Answering,
  options: HttpDoubleOptions = {},
): Promise<HttpDouble> {
  const seen: SeenRequest[] = [];
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url = "", headers } = request;
      const asked: SeenRequest = { method, url, headers, body: Buffer.concat(chunks).toString() };
      seen.push(asked);
      const given = answer(asked, response);
      if (given === undefined) return;
      response.writeHead(given.status ?? 200, given.headers ?? { "content-type": "application/json" });
      response.end(given.body ?? "{}");
    });
  };
  const server = options.tls ? createTlsServer(options.tls, listener) : createServer(listener);
  const life = closing(server);
  const port = await listening(server, options.at ?? 0);
  return {
    address: `${options.tls ? "https" : "http"}://127.0.0.1:${port}`,
    port,
    seen,
    connections: life.count,
    [Symbol.asyncDispose]: life.close,
  };
}

export interface SocketDouble extends AsyncDisposable {
  readonly port: number;
  readonly connections: () => number;
}

/** A TCP server that does with each connection what it is told. */
export async function startSocketDouble(onConnection: (socket: Socket) => void): Promise<SocketDouble> {
  const server = createNetServer(onConnection);
  const life = closing(server);
  const port = await listening(server, 0);
  return { port, connections: life.count, [Symbol.asyncDispose]: life.close };
}

/** A connection with nothing special but what a test is about. */
export function connectionTo(address: string, changes: Partial<VaultConnection> = {}): VaultConnection {
  return {
    address,
    namespace: "",
    tls: { skipVerify: false },
    proxyAddress: "",
    timeoutSeconds: 5,
    ...changes,
  };
}

/** A client that ends with the test. */
export function clientOf(
  address: string,
  changes: Partial<VaultConnection> = {},
  options: VaultClientOptions = {},
): VaultClient & Disposable {
  const client = createVaultClient(connectionTo(address, changes), options);
  return { ...client, [Symbol.dispose]: () => client.close() };
}

/** The error a call ends with. */
export async function failureOf(call: Promise<unknown>): Promise<VaultError> {
  const error = await call.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof VaultError) return error;
  throw new Error(`expected a VaultError, got ${String(error)}`, { cause: error });
}
