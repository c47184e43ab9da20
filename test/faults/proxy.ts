import { once } from "node:events";
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the proxy does to a request instead of passing it on. */
export type Fault =
  /** Passes it on after a while. */
  | { readonly kind: "delay"; readonly milliseconds: number }
  /** Closes the connection, before or after Vault has done what was asked. */
  | { readonly kind: "reset"; readonly when: "before" | "after" }
  /** Takes the request and never answers. */
  | { readonly kind: "silence" }
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

/** Starts a proxy to a Vault without TLS. */
export async function startFaultyProxy(vaultAddress: string): Promise<FaultyProxy> {
  const target = new URL(vaultAddress);
  const requests: { line: string; at: number }[] = [];
  let current: { readonly fault: Fault; readonly path: RegExp } | undefined;
  const server = createServer((request, response) => {
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
      case "answer":
        request.resume();
        response.writeHead(fault.status, { "content-type": "application/json", ...fault.headers });
        response.end(fault.body);
    }
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    fault(fault, path = /./) {
      current = fault && { fault, path };
    },
    requests,
    async [Symbol.asyncDispose]() {
      server.close();
      server.closeAllConnections();
      await once(server, "close");
    },
  };
}
