import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { Duplex } from "node:stream";
import { messageOf } from "../../errors.ts";
import type { RunningVault } from "../running-vault.ts";
import { systemClock, type VaultClock } from "./clock.ts";
import type { Core } from "./core.ts";
import { createCore } from "./create-core.ts";
import { randomText } from "./random.ts";
import { listed, VaultRefusal } from "./refusal.ts";
import { readRequest } from "./request.ts";
import { type ApiResponse, respond } from "./respond.ts";

export interface DevelopmentVaultOptions {
  /** Default: the machine's clock. */
  readonly clock?: VaultClock;
  /** Default: a random one. */
  readonly rootToken?: string;
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** 0: any free one. Default 0. */
  readonly port?: number;
  /** Gets the one line that says what this is. Default: nobody. */
  readonly onLog?: (text: string) => void;
}

/** The development Vault, running in this process. */
export interface DevelopmentVault extends RunningVault {
  /** Resolves when every revocation that is under way has reached its database. */
  settled(): Promise<void>;
}

/** Starts a development Vault: everything in memory, nothing protected, for development and tests only. */
export async function startDevelopmentVault(
  options: DevelopmentVaultOptions = {},
): Promise<DevelopmentVault> {
  const host = options.host ?? "127.0.0.1";
  const rootToken = options.rootToken ?? `root-${randomText(24)}`;
  const core = createCore(options.clock ?? systemClock, rootToken);
  let server = await listen(core, host, options.port ?? 0);
  const port = portOf(server);
  const address = `http://${host}:${port}`;
  options.onLog?.(
    `development Vault at ${address}: it keeps secrets in plain memory, for development and tests only\n`,
  );
  const stop = async (): Promise<void> => {
    core.expirations.pause();
    await close(server);
    await core.leases.settled();
    await Promise.all(core.mounts.all("secret").map((mount) => mount.backend.close?.()));
  };
  return {
    kind: "development",
    version: core.identity.version,
    address,
    rootToken,
    unsealKey: core.unsealKey,
    persistent: true,
    down: async () => {
      core.expirations.pause();
      await close(server);
    },
    up: async () => {
      server = await listen(core, host, port);
      core.sealed = false;
      core.expirations.resume();
    },
    settled: core.leases.settled,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function listen(core: Core, host: string, port: number): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    serve(core, incoming).then(
      (response) => write(outgoing, response),
      (cause: unknown) => outgoing.destroy(cause instanceof Error ? cause : undefined),
    );
  });
  server.on("clientError", refuseUnreadable);
  return new Promise((resolve, reject) => {
    server.once("error", reject);
    server.listen(port, host, () => resolve(server));
  });
}

/** Node's HTTP parser knows no LIST verb. Vault's own clients send GET with `list=true` instead. */
function refuseUnreadable(_error: Error, socket: Duplex): void {
  if (!socket.writable) return;
  const body = JSON.stringify({
    errors: ["the development Vault cannot read this request; to list, send GET with ?list=true"],
  });
  socket.end(
    `HTTP/1.1 400 Bad Request\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`,
  );
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === "object" && address !== null ? address.port : 0;
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

async function serve(core: Core, incoming: IncomingMessage): Promise<ApiResponse> {
  try {
    return await respond(core, await readRequest(incoming));
  } catch (error) {
    if (error instanceof VaultRefusal) return { status: error.status, body: { errors: error.errors } };
    return { status: 500, body: { errors: [listed([messageOf(error)])] } };
  }
}

function write(outgoing: ServerResponse, { status, body }: ApiResponse): void {
  const headers = { "cache-control": "no-store", "content-type": "application/json" };
  outgoing.writeHead(status, headers);
  outgoing.end(body === undefined ? undefined : `${JSON.stringify(body)}\n`);
}
