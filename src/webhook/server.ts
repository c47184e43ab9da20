import { createServer, type Server } from "node:https";
import type { AddressInfo } from "node:net";
import type { SecureContextOptions } from "node:tls";
import { type FastifyInstance, type FastifyReply, fastify } from "fastify";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { admissionHandler } from "./admission-handler.ts";
import type { Admit } from "./admitter.ts";
import { closesConnection, faultBody, faultOf, JSON_TYPE, logFault, RequestFault } from "./faults.ts";
import type { AdmissionMetrics } from "./metrics.ts";

/** Limits that keep one client from holding up the others; times in milliseconds. */
export interface ServerLimits {
  readonly bodyLimit: number;
  readonly headersTimeout: number;
  readonly requestTimeout: number;
  readonly handlerTimeout: number;
  readonly keepAliveTimeout: number;
}

/** Why the webhook cannot serve, one entry each; none: all is well. */
export interface Health {
  readonly notReady: () => readonly string[];
  readonly notLive: () => readonly string[];
}

export interface WebhookServerOptions {
  readonly tls: SecureContextOptions;
  readonly limits: ServerLimits;
  readonly admit: Admit;
  readonly health: Health;
  readonly log: Logger;
  readonly metrics: AdmissionMetrics;
  /** Served at `path`; `""` serves none. */
  readonly telemetry: { readonly path: string; readonly registry: Registry };
  /** Milliseconds on a monotonic clock. */
  readonly now: () => number;
}

/** The running HTTPS server. */
export interface WebhookServer {
  listen(host: string | undefined, port: number): Promise<AddressInfo>;
  /** Serves new handshakes with another certificate; open connections keep theirs. */
  setTls(tls: SecureContextOptions): void;
  /** From now on unready, and every answer asks its client to open a new connection elsewhere. */
  drain(): void;
  /** Stops accepting, waits for requests in flight at most this long, then closes what is left. */
  close(timeoutMilliseconds: number): Promise<void>;
}

/** Builds the server; nothing listens yet. */
export function createWebhookServer(options: WebhookServerOptions): WebhookServer {
  const { limits, log } = options;
  const server = createServer({
    ...options.tls,
    ALPNProtocols: ["http/1.1"],
    handshakeTimeout: limits.headersTimeout,
    headersTimeout: limits.headersTimeout,
    requestTimeout: limits.requestTimeout,
    keepAliveTimeout: limits.keepAliveTimeout,
    connectionsCheckingInterval: 1000,
  });
  server.on("tlsClientError", (error) => log.debug({ reason: error.message }, "tls handshake failed"));
  const state = { draining: false };
  const app = fastify({
    serverFactory: (handler) => server.on("request", handler),
    bodyLimit: limits.bodyLimit,
    keepAliveTimeout: limits.keepAliveTimeout,
    requestTimeout: limits.requestTimeout,
    exposeHeadRoutes: true,
    forceCloseConnections: "idle",
    return503OnClosing: false,
    frameworkErrors: (_error, _request, reply) =>
      sendFault(reply, new RequestFault("KEYCARD_MALFORMED"), options),
  });
  // Nothing that Fastify answers itself reads a body.
  app.removeAllContentTypeParsers();
  app.addContentTypeParser("*", (_request, _payload, done) => done(null));
  app.setErrorHandler((error, request, reply) =>
    sendFault(reply, faultOf(error, request.headers, log), options),
  );
  app.setNotFoundHandler((_request, reply) =>
    sendFault(reply, new RequestFault("KEYCARD_NOT_FOUND"), options),
  );
  routeAdmission(app, options, state);
  routeHealth(app, options, state);
  return {
    async listen(host, port) {
      await app.listen({ port, ...(host === undefined ? { host: "::" } : { host }) });
      return server.address() as AddressInfo;
    },
    setTls: (tls) => server.setSecureContext(tls),
    drain: () => {
      state.draining = true;
    },
    close: (timeout) => close(app, server, timeout),
  };
}

interface State {
  draining: boolean;
}

/** Fastify finds the route and leaves the rest to the handler. */
function routeAdmission(app: FastifyInstance, options: WebhookServerOptions, state: State): void {
  const answerAdmission = admissionHandler({ ...options, isDraining: () => state.draining });
  app.route({
    method: "POST",
    url: "/mutate",
    onRequest(request, reply) {
      reply.hijack();
      answerAdmission(request.raw, reply.raw);
    },
    handler: (_request, reply) => reply,
  });
  refuseOtherMethods(app, "/mutate", ["POST"], options);
}

function routeHealth(app: FastifyInstance, options: WebhookServerOptions, state: State): void {
  const { health, telemetry } = options;
  const answerWith = (reply: FastifyReply, problems: readonly string[]) => {
    if (state.draining) reply.header("connection", "close");
    if (problems.length === 0) reply.code(204).send();
    else reply.code(503).header("content-type", JSON_TYPE).send(JSON.stringify({ problems }));
  };
  app.get("/health/ready", (_request, reply) =>
    answerWith(reply, state.draining ? ["shutting down"] : health.notReady()),
  );
  app.get("/health/live", (_request, reply) => answerWith(reply, health.notLive()));
  refuseOtherMethods(app, "/health/ready", ["GET", "HEAD"], options);
  refuseOtherMethods(app, "/health/live", ["GET", "HEAD"], options);
  if (telemetry.path === "") return;
  app.get(telemetry.path, async (_request, reply) => {
    const text = await telemetry.registry.metrics();
    return reply.header("content-type", telemetry.registry.contentType).send(text);
  });
  refuseOtherMethods(app, telemetry.path, ["GET", "HEAD"], options);
}

function refuseOtherMethods(
  app: FastifyInstance,
  url: string,
  allowed: readonly string[],
  options: WebhookServerOptions,
): void {
  const method = app.supportedMethods.filter((name) => !allowed.includes(name));
  app.route({
    method,
    url,
    exposeHeadRoute: false,
    // Before the body is looked at: its type does not matter any more.
    onRequest: (_request, reply) => {
      reply.header("allow", allowed.join(", "));
      sendFault(reply, new RequestFault("KEYCARD_METHOD_NOT_ALLOWED", allowed.join(" and ")), options);
    },
    handler: (_request, reply) => reply,
  });
}

function sendFault(reply: FastifyReply, fault: RequestFault, { metrics, log }: WebhookServerOptions): void {
  metrics.fault(fault.statusCode);
  logFault(log, fault);
  if (closesConnection(fault)) reply.header("connection", "close");
  reply.code(fault.statusCode).header("content-type", JSON_TYPE).send(faultBody(fault));
}

async function close(app: FastifyInstance, server: Server, timeoutMilliseconds: number): Promise<void> {
  const timer = setTimeout(() => server.closeAllConnections(), timeoutMilliseconds);
  try {
    await app.close();
  } finally {
    clearTimeout(timer);
  }
}
