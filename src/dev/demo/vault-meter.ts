import { createServer, type IncomingMessage, request, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

/** What the calls that passed were, counted by what they did. Only calls that succeeded count. */
export interface VaultCounts {
  logins: number;
  credentialsIssued: number;
  leaseRenewals: number;
  leaseRevocations: number;
  tokenRevocations: number;
}

/** A pass-through HTTP proxy in front of Vault that counts what clients did: independent of client and Vault. */
export interface VaultMeter extends AsyncDisposable {
  readonly address: string;
  readonly counts: Readonly<VaultCounts>;
}

const MEANINGS: readonly (readonly [RegExp, keyof VaultCounts])[] = [
  [/^\/v1\/auth\/.+\/login$/, "logins"],
  [/^\/v1\/database\/creds\//, "credentialsIssued"],
  [/^\/v1\/sys\/leases\/renew$/, "leaseRenewals"],
  [/^\/v1\/sys\/leases\/revoke$/, "leaseRevocations"],
  [/^\/v1\/auth\/token\/revoke-self$/, "tokenRevocations"],
];

/** Starts the meter on a free loopback port, in front of the Vault at `target` (an http:// origin). */
export async function startVaultMeter(target: string): Promise<VaultMeter> {
  const counts: VaultCounts = {
    logins: 0,
    credentialsIssued: 0,
    leaseRenewals: 0,
    leaseRevocations: 0,
    tokenRevocations: 0,
  };
  const server = createServer((incoming, outgoing) => {
    forward(target, incoming, outgoing, (path, status) => {
      if (status >= 300) return;
      const meaning = MEANINGS.find(([pattern]) => pattern.test(path));
      if (meaning) counts[meaning[1]] += 1;
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  return {
    address: `http://127.0.0.1:${port}`,
    counts,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function forward(
  target: string,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  seen: (path: string, status: number) => void,
): void {
  const url = new URL(incoming.url ?? "/", target);
  const onward = request(
    url,
    { method: incoming.method, headers: { ...incoming.headers, host: url.host } },
    (answer) => {
      seen(url.pathname, answer.statusCode ?? 0);
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    },
  );
  onward.on("error", () => outgoing.destroy());
  incoming.pipe(onward);
}
