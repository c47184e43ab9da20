import type { Server } from "node:http";
import { KeycardError, messageOf } from "../errors.ts";
import type { Logger } from "./logger.ts";
import type { Metrics, SecretGauge } from "./metrics.ts";

export interface HealthSource {
  isReady(): boolean;
  secrets(): readonly SecretGauge[];
}

/** The agent's own page: `/healthz` it runs, `/readyz` every secret is there and works, `/metrics`. */
export interface HealthServer {
  readonly port: number;
  stop(): Promise<void>;
}

interface Page {
  readonly status: number;
  readonly type: string;
  readonly body: string;
}

const TEXT = "text/plain; charset=utf-8";

function pageOf(path: string, source: HealthSource, metrics: Metrics): Page {
  switch (path) {
    case "/healthz":
      return { status: 200, type: TEXT, body: "ok\n" };
    case "/readyz": {
      if (source.isReady()) return { status: 200, type: TEXT, body: "ok\n" };
      const missing = source.secrets().filter(({ usable }) => !usable);
      const body = missing.map(({ secret }) => `not usable: ${secret}\n`).join("") || "not published yet\n";
      return { status: 503, type: TEXT, body };
    }
    case "/metrics":
      return {
        status: 200,
        type: "text/plain; version=0.0.4; charset=utf-8",
        body: metrics.page(source.secrets()),
      };
    default:
      return { status: 404, type: TEXT, body: "not found; try /healthz, /readyz or /metrics\n" };
  }
}

/** Where the page is to be had; without a host on every address. */
export interface HealthAddress {
  readonly host: string | undefined;
  readonly port: number;
}

/** @throws KeycardError `KEYCARD_AGENT_HEALTH_PORT` when the port cannot be had. */
export async function startHealthServer(
  address: HealthAddress,
  source: HealthSource,
  metrics: Metrics,
): Promise<HealthServer> {
  const http = process.getBuiltinModule("node:http");
  const server: Server = http.createServer((request, response) => {
    const path = (request.url ?? "").split("?", 1)[0] ?? "";
    const reads = request.method === "GET" || request.method === "HEAD";
    const page = reads
      ? pageOf(path, source, metrics)
      : { status: 405, type: TEXT, body: "only GET and HEAD are known here\n" };
    response.writeHead(page.status, {
      "content-type": page.type,
      "content-length": Buffer.byteLength(page.body),
    });
    response.end(request.method === "HEAD" ? undefined : page.body);
  });
  server.requestTimeout = 5000;
  server.headersTimeout = 5000;
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause) => {
      const message = `The health port ${address.port} cannot be opened: ${cause.message}. Choose another with keycard.dev/health-port, or 0 for none.`;
      reject(new KeycardError("KEYCARD_AGENT_HEALTH_PORT", message, { cause }));
    });
    server.listen(address.port, address.host, resolve);
  });
  const bound = server.address();
  return {
    port: typeof bound === "object" && bound !== null ? bound.port : address.port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

/** Pause between two tries to have a port that was taken. */
const PORT_PAUSE_MS = 10_000;

/**
 * Serves the page, and where the port is taken goes on trying: what else the agent does is worth more than its
 * page, and must not end for it.
 */
export function keepHealthServer(
  address: HealthAddress,
  source: HealthSource,
  metrics: Metrics,
  log: Logger,
): Pick<HealthServer, "stop"> {
  let timer: NodeJS.Timeout | undefined;
  let told = false;
  let stopped = false;
  const open = async (): Promise<HealthServer | undefined> => {
    try {
      return await startHealthServer(address, source, metrics);
    } catch (error) {
      if (!told) log.warn("health-port-taken", { message: messageOf(error) });
      told = true;
      if (!stopped) timer = setTimeout(again, PORT_PAUSE_MS).unref();
      return undefined;
    }
  };
  let opening = open();
  const again = (): void => {
    opening = open();
  };
  return {
    async stop() {
      stopped = true;
      clearTimeout(timer);
      const server = await opening;
      await server?.stop();
    },
  };
}
