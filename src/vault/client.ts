import { VERSION } from "../version.ts";
import { apiUrl, parseProxyAddress, parseVaultAddress } from "./address.ts";
import type { VaultConnection } from "./connection.ts";
import { EnvelopeError, readEnvelope } from "./envelope.ts";
import { VaultError } from "./error.ts";
import { type Asked, asVaultError, protocolError, refusal } from "./refusal.ts";
import type { VaultClient, VaultRequest, VaultResponse } from "./response.ts";
import { type Connector, createConnector } from "./transport/connector.ts";
import type { ExchangeLimits, HttpAnswer, HttpRequest } from "./transport/exchange.ts";
import { tlsContexts } from "./transport/tls-material.ts";

export interface VaultClientOptions {
  /** Longest answer that is read. Default 16 MiB. */
  readonly maxBodyBytes?: number;
  /** Default 10, and never more than the connection's timeout. */
  readonly connectTimeoutSeconds?: number;
  /** Milliseconds since the epoch, for a `Retry-After` that is a date. */
  readonly now?: () => number;
}

/** A standby sends its clients to the active node; more hops than this are a loop. */
const MAX_REDIRECTS = 3;
const REDIRECTS: ReadonlySet<number> = new Set([301, 302, 307, 308]);

/** A write here is answered only with a lifetime for what is wrapped; Vault's own clients say this one. */
const WRAP_PATH = "sys/wrapping/wrap";
const WRAP_LIFETIME = "5m";

function headersOf(request: VaultRequest, namespace: string): Record<string, string> {
  return {
    accept: "application/json",
    "user-agent": `keycard/${VERSION}`,
    "x-vault-request": "true",
    ...(request.token === undefined ? {} : { "x-vault-token": request.token }),
    ...(namespace === "" ? {} : { "x-vault-namespace": namespace }),
    ...(request.body === undefined ? {} : { "content-type": "application/json" }),
    ...(request.path === WRAP_PATH ? { "x-vault-wrap-ttl": WRAP_LIFETIME } : {}),
  };
}

/** Vault takes LIST as a GET with `list=true`, which every proxy lets through. */
function wireRequest(request: VaultRequest, base: URL, namespace: string): HttpRequest {
  const list = request.method === "LIST";
  return {
    method: list ? "GET" : request.method,
    url: apiUrl(base, request.path, { ...request.query, ...(list ? { list: "true" } : {}) }),
    headers: headersOf(request, namespace),
    ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
  };
}

/** Where a redirect leads. @throws VaultError when it leads nowhere, or from TLS to plain HTTP. */
function redirectTarget(asked: Asked, from: URL, answer: HttpAnswer): URL {
  const location = answer.headers.location ?? "";
  const target = location !== "" && URL.canParse(location, from.href) ? new URL(location, from) : undefined;
  if (!target || (target.protocol !== "https:" && target.protocol !== "http:")) {
    throw protocolError(asked, answer, "the redirect names no address to go to");
  }
  if (from.protocol === "https:" && target.protocol !== "https:") {
    throw protocolError(asked, answer, `the redirect to ${target.origin} would give up TLS`);
  }
  return target;
}

/**
 * Follows a cluster's redirects to its active node. Method, body and token go along, as with Vault's own
 * clients: a Vault that the token was shown to already says where it belongs.
 */
async function sendFollowing(
  connector: Connector,
  first: HttpRequest,
  limits: ExchangeLimits,
  asked: Asked,
): Promise<HttpAnswer> {
  let request = first;
  for (let hops = 0; ; hops++) {
    const answer = await connector.send(request, limits);
    if (!REDIRECTS.has(answer.status)) return answer;
    if (hops === MAX_REDIRECTS) {
      throw new VaultError(
        "standby",
        `Vault at ${asked.address} redirected ${asked.method} ${asked.path} more than ${MAX_REDIRECTS} times`,
        {
          status: answer.status,
          fix: "The cluster may be electing a new active node; check the nodes' api_addr.",
        },
      );
    }
    request = { ...request, url: redirectTarget(asked, request.url, answer) };
  }
}

/** Node.js refuses to send such headers with an error that names neither call nor Vault. */
function checkHeaders(token: string, namespace: string, asked: Asked): void {
  const wrong = !/^[\x21-\x7e]*$/.test(token)
    ? "token"
    : !/^[\x20-\x7e]*$/.test(namespace)
      ? "namespace"
      : undefined;
  if (wrong === undefined) return;
  throw new VaultError(
    "invalid",
    `${asked.method} ${asked.path} was not sent to Vault ${asked.address}: the ${wrong} holds characters that no ${wrong} has`,
    { fix: "Check where it was read from." },
  );
}

/**
 * A client of one Vault (or of the Vaults behind its address). `send` sends once, apart from what safe reuse
 * of connections and a cluster's redirects need; whether and when to try again is the caller's to decide.
 * @throws VaultAddressError when the address or the proxy's is wrong.
 */
export function createVaultClient(
  connection: VaultConnection,
  options: VaultClientOptions = {},
): VaultClient {
  const { base, unixSocket } = parseVaultAddress(connection.address);
  const timeoutSeconds = connection.timeoutSeconds;
  const now = options.now ?? Date.now;
  const connector = createConnector(
    {
      proxy: parseProxyAddress(connection.proxyAddress),
      contexts: tlsContexts(connection.tls),
      serverName: connection.tls.serverName,
      skipVerify: connection.tls.skipVerify,
      connectTimeoutSeconds: Math.min(options.connectTimeoutSeconds ?? 10, timeoutSeconds),
    },
    unixSocket === undefined ? undefined : { origin: base.origin, path: unixSocket },
  );

  async function send(request: VaultRequest): Promise<VaultResponse> {
    const asked: Asked = {
      method: request.method,
      path: request.path.replace(/^\/+/, ""),
      address: connection.address,
      token: request.token,
    };
    const namespace = request.namespace ?? connection.namespace;
    checkHeaders(request.token ?? "", namespace, asked);
    const limits: ExchangeLimits = {
      timeoutSeconds: Math.min(timeoutSeconds, request.timeoutSeconds ?? timeoutSeconds),
      maxBodyBytes: options.maxBodyBytes ?? 16 * 1024 * 1024,
      signal: request.signal,
    };
    try {
      const wire = wireRequest(request, base, namespace);
      const answer = await sendFollowing(connector, wire, limits, asked);
      if (answer.status < 200 || answer.status > 299) throw refusal(asked, answer, now());
      return readAnswer(asked, answer);
    } catch (error) {
      throw asVaultError(asked, error);
    }
  }

  return { address: connection.address, send, close: () => connector.close() };
}

function readAnswer(asked: Asked, answer: HttpAnswer): VaultResponse {
  try {
    return readEnvelope(answer.status, answer.body);
  } catch (error) {
    if (error instanceof EnvelopeError) throw protocolError(asked, answer, error.message);
    throw error;
  }
}
