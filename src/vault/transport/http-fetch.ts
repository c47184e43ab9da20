import { parseProxyAddress } from "../address.ts";
import { createConnector } from "./connector.ts";
import type { HttpAnswer, HttpRequest } from "./exchange.ts";
import { tlsContexts } from "./tls-material.ts";

export interface HttpFetchRequest extends Omit<HttpRequest, "url"> {
  readonly url: string;
  readonly signal?: AbortSignal;
}

/**
 * Sends one request once and reads the whole answer, whatever its status; redirects are not followed.
 * @throws TransportError when no whole answer comes back.
 */
export type HttpFetch = (request: HttpFetchRequest) => Promise<HttpAnswer>;

export interface HttpFetchOptions {
  /** The proxy for a URL; `""`: direct. Default: always direct. */
  readonly proxyFor?: (url: string) => string;
  /** Of one request. Default 10. */
  readonly timeoutSeconds?: number;
}

/** Longest answer of a metadata or token service that is read. */
const MAX_BODY_BYTES = 1024 * 1024;

/** An {@link HttpFetch} for services other than Vault: connections are not kept, TLS trusts the runtime's and the system's roots. */
export function createHttpFetch(options: HttpFetchOptions = {}): HttpFetch {
  const timeoutSeconds = options.timeoutSeconds ?? 10;
  const contexts = tlsContexts({ skipVerify: false });
  return async ({ url, signal, ...request }) => {
    const connector = createConnector({
      proxy: parseProxyAddress(options.proxyFor?.(url) ?? ""),
      contexts,
      serverName: undefined,
      skipVerify: false,
      connectTimeoutSeconds: timeoutSeconds,
    });
    try {
      const limits = { timeoutSeconds, maxBodyBytes: MAX_BODY_BYTES, signal };
      return await connector.send({ ...request, url: new URL(url) }, limits);
    } finally {
      connector.close();
    }
  };
}
