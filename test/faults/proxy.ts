import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import { createServer as createTlsServer } from "node:https";
import type { AddressInfo } from "node:net";
import type { CertifiedKey } from "../../src/certs/authority.ts";

/** What the proxy does to a request instead of passing it on. */
export type Fault =
  /** Passes it on after a while. */
  | { readonly kind: "delay"; readonly milliseconds: number }
  /** Closes the connection, before or after Vault has done what was asked. */
  | { readonly kind: "reset"; readonly when: "before" | "after" }
  /** Takes the request and never answers. */
  | { readonly kind: "silence" }
  /** Sends the client to the same path at another address, as a standby does. */
  | { readonly kind: "redirect"; readonly to: string }
  | {
      readonly kind: "answer";
      readonly status: number;
      readonly body: string;
      readonly headers?: Readonly<Record<string, string>>;
    };

/** A proxy between agent and Vault that can be told to misbehave. */
export interface FaultyProxy extends AsyncDisposable {
  readonly address: string;
  /** From now on, for requests whose path matches; undefined: all is well again. */
  fault(fault: Fault | undefined, path?: RegExp): void;
  /** From now on another Vault is behind it. */
  passTo(vaultAddress: string): void;
  /** From now on it shows this certificate; whoever is connected has to connect anew. */
  certify(pair: CertifiedKey): void;
  /** Requests so far, `METHOD path`, with the time of each. */
  readonly requests: readonly { readonly line: string; readonly at: number }[];
}

/** Vault's own body of a refusal. */
export function errors(...messages: readonly string[]): string {
  return JSON.stringify({ errors: messages });
}

async function bodyOf(message: IncomingMessage): Promise<Buffer> {
  const chunks: Buffer[] = [];
  for await (const chunk of message) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks);
}

async function forward(target: URL, request: IncomingMessage, body: Buffer): Promise<IncomingMessage> {
  const onwards = httpRequest({
    host: target.hostname,
    port: target.port,
    method: request.method,
    path: request.url,
    headers: { ...request.headers, host: target.host },
    agent: false,
  });
  onwards.end(body);
  const [answer] = await once(onwards, "response");
  return answer as IncomingMessage;
}

async function passOn(
  target: URL,
  request: IncomingMessage,
  response: ServerResponse,
  drop: boolean,
): Promise<void> {
  const body = await bodyOf(request);
  try {
    const answer = await forward(target, request, body);
    const answered = await bodyOf(answer);
    if (drop) {
      request.socket.destroy();
      return;
    }
    response.writeHead(answer.statusCode ?? 502, answer.headers);
    response.end(answered);
  } catch {
    // Vault is down: so is whoever talks through us.
    request.socket.destroy();
  }
}

function secureContextOf({ certificate, privateKey }: CertifiedKey): { cert: string; key: string } {
  return { cert: certificate, key: privateKey };
}

/**
 * Starts a proxy to a Vault without TLS.
 * @param tls what it shows to its own clients; absent: it speaks plain HTTP to them.
 */
export async function startFaultyProxy(address: string, tls?: CertifiedKey): Promise<FaultyProxy> {
  let target = new URL(address);
  const requests: { line: string; at: number }[] = [];
  let current: { readonly fault: Fault; readonly path: RegExp } | undefined;
  const listener = (request: IncomingMessage, response: ServerResponse): void => {
    const path = request.url ?? "";
    requests.push({ line: `${request.method} ${path}`, at: Date.now() });
    const fault = current?.path.test(path) ? current.fault : undefined;
    switch (fault?.kind) {
      case undefined:
        void passOn(target, request, response, false);
        return;
      case "delay":
        setTimeout(() => void passOn(target, request, response, false), fault.milliseconds);
        return;
      case "reset":
        if (fault.when === "before") request.socket.destroy();
        else void passOn(target, request, response, true);
        return;
      case "silence":
        request.resume();
        return;
      case "redirect":
        request.resume();
        response.writeHead(307, { location: `${fault.to}${path}` }).end();
        return;
      case "answer":
        request.resume();
        response.writeHead(fault.status, { "content-type": "application/json", ...fault.headers });
        response.end(fault.body);
    }
  };
  const secured = tls && createTlsServer(secureContextOf(tls), listener);
  const server = secured ?? createServer(listener);
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    address: `${tls ? "https" : "http"}://127.0.0.1:${port}`,
    fault(fault, path = /./) {
      current = fault && { fault, path };
    },
    passTo(vaultAddress) {
      target = new URL(vaultAddress);
    },
    certify(pair) {
      secured?.setSecureContext(secureContextOf(pair));
      secured?.closeAllConnections();
    },
    requests,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
