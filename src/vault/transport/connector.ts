import type { Agent, AgentOptions } from "node:http";
import { type DialOptions, dial, type Endpoint, proxyAuthorization } from "./dial.ts";
import { type ExchangeLimits, exchange, type HttpAnswer, type HttpRequest } from "./exchange.ts";
import { TransportError } from "./transport-error.ts";

const http = process.getBuiltinModule("node:http");

/** Idle connections are closed after this: short of what load balancers and proxies keep them for. */
const IDLE_CONNECTION_MILLISECONDS = 5_000;

/** Connections to several origins, made in one way and kept alive between requests. */
export interface Connector {
  /**
   * Sends one request. A GET that met a kept-alive connection which the server had just closed is sent once
   * more on a new one.
   * @throws TransportError
   */
  send(request: HttpRequest, limits: ExchangeLimits): Promise<HttpAnswer>;
  /** Ends idle connections and those being opened. */
  close(): void;
}

function endpointOf(url: URL): Endpoint {
  const tls = url.protocol === "https:";
  return { kind: "tcp", host: url.hostname, port: Number(url.port) || (tls ? 443 : 80), tls };
}

function agentFor(endpoint: Endpoint, options: DialOptions, keepAlive: boolean): Agent {
  const agentOptions: AgentOptions = { keepAlive, timeout: IDLE_CONNECTION_MILLISECONDS, maxFreeSockets: 4 };
  const agent = new http.Agent(agentOptions);
  agent.createConnection = (_options, callback) => {
    dial(endpoint, options).then(
      (socket) => callback?.(null, socket),
      // Node's types want a stream beside the error; its agent looks at the error alone.
      (error) => (callback as ((error: Error) => void) | undefined)?.(error),
    );
    return undefined;
  };
  return agent;
}

/**
 * @param unixSocket all requests to this URL's origin go to this socket file.
 */
export function createConnector(
  options: Omit<DialOptions, "signal">,
  unixSocket?: { readonly origin: string; readonly path: string },
): Connector {
  const closing = new AbortController();
  const dialOptions: DialOptions = { ...options, signal: closing.signal };
  const agents = new Map<string, Agent>();

  function endpointFor(url: URL): Endpoint {
    return unixSocket?.origin === url.origin ? { kind: "unix", path: unixSocket.path } : endpointOf(url);
  }

  function agentOf(url: URL): Agent {
    const known = agents.get(url.origin);
    if (known) return known;
    const agent = agentFor(endpointFor(url), dialOptions, true);
    agents.set(url.origin, agent);
    return agent;
  }

  return {
    async send(request, limits) {
      const { proxy } = options;
      const viaProxy = proxy !== undefined && request.url.protocol === "http:" && unixSocket === undefined;
      const authorization = viaProxy ? proxyAuthorization(proxy) : undefined;
      const sent: HttpRequest = authorization
        ? { ...request, headers: { ...request.headers, "proxy-authorization": authorization } }
        : request;
      const form = viaProxy ? "absolute" : "origin";
      try {
        return await exchange(agentOf(request.url), sent, limits, form);
      } catch (error) {
        if (closing.signal.aborted) {
          throw new TransportError("aborted", "the client was closed", { cause: error });
        }
        const again = error instanceof TransportError && error.staleConnection && request.method === "GET";
        if (!again) throw error;
        return await exchange(agentFor(endpointFor(request.url), dialOptions, false), sent, limits, form);
      }
    },
    close() {
      closing.abort();
      for (const agent of agents.values()) agent.destroy();
      agents.clear();
    },
  };
}
