import { createServer, type Server } from "node:http";
import { connect } from "node:net";
import { beforeAll, describe, expect, test } from "vitest";
import {
  type Authority,
  type CertifiedKey,
  createAuthority,
  issueServingCertificate,
} from "../../src/certs/authority.ts";
import { clientOf, failureOf, startHttpDouble, startSocketDouble } from "./doubles.ts";

let authority: Authority;
let leaf: CertifiedKey;

beforeAll(async () => {
  const now = new Date();
  authority = await createAuthority({ now, lifetimeDays: 1 });
  leaf = await issueServingCertificate(authority, {
    now,
    lifetimeDays: 1,
    hosts: ["127.0.0.1", "vault.test"],
  });
}, 60_000);

interface ConnectProxy extends AsyncDisposable {
  readonly address: string;
  readonly asked: { readonly authority: string; readonly authorization: string | undefined }[];
}

/** A proxy that connects to one port whatever it is asked for, or refuses. */
async function startConnectProxy(port: number, refuse = false): Promise<ConnectProxy> {
  const asked: ConnectProxy["asked"] = [];
  const server: Server = createServer();
  server.on("connect", (request, socket) => {
    asked.push({ authority: request.url ?? "", authorization: request.headers["proxy-authorization"] });
    if (refuse) {
      socket.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    const upstream = connect(port, "127.0.0.1", () => {
      socket.write("HTTP/1.1 200 Connection established\r\nVia: test\r\n\r\n");
      upstream.pipe(socket).pipe(upstream);
    });
    upstream.on("error", () => socket.destroy());
    socket.on("error", () => upstream.destroy());
  });
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const address = server.address();
  const at = typeof address === "object" && address !== null ? address.port : 0;
  return {
    address: `http://127.0.0.1:${at}`,
    asked,
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections();
      await new Promise<void>((resolve) => {
        server.close(() => resolve());
      });
    },
  };
}

const ask = { method: "GET", path: "sys/health", token: "hvs.t" } as const;

describe("through a proxy", () => {
  test("HTTPS is tunnelled, and verified as without one", async () => {
    await using vault = await startHttpDouble(() => ({}), {
      tls: { cert: leaf.certificate, key: leaf.privateKey },
    });
    await using proxy = await startConnectProxy(vault.port);
    using client = clientOf("https://vault.test:8200", {
      proxyAddress: proxy.address,
      tls: { caCertBytes: authority.certificate, skipVerify: false },
    });
    await client.send(ask);
    await client.send(ask);
    expect(proxy.asked).toEqual([{ authority: "vault.test:8200", authorization: undefined }]);
    expect(vault.seen[0]?.headers.host).toBe("vault.test:8200");
  });

  test("its user and password go to the proxy alone", async () => {
    await using vault = await startHttpDouble(() => ({}), {
      tls: { cert: leaf.certificate, key: leaf.privateKey },
    });
    await using proxy = await startConnectProxy(vault.port);
    using client = clientOf("https://vault.test", {
      proxyAddress: proxy.address.replace("http://", "http://us%40er:p%3Ass@"),
      tls: { caCertBytes: authority.certificate, skipVerify: false },
    });
    await client.send(ask);
    const authorization = `Basic ${Buffer.from("us@er:p:ss").toString("base64")}`;
    expect(proxy.asked).toEqual([{ authority: "vault.test:443", authorization }]);
    expect(vault.seen[0]?.headers).not.toHaveProperty("proxy-authorization");
  });

  test("plain HTTP is asked for by its whole address", async () => {
    await using proxy = await startHttpDouble(() => ({ body: '{"request_id":"by proxy"}' }));
    using client = clientOf("http://vault.test:8200", {
      proxyAddress: proxy.address.replace("//", "//u:p@"),
    });
    expect((await client.send({ ...ask, query: { a: "1" } })).requestId).toBe("by proxy");
    expect(proxy.seen[0]).toMatchObject({
      url: "http://vault.test:8200/v1/sys/health?a=1",
      headers: {
        host: "vault.test:8200",
        "proxy-authorization": `Basic ${Buffer.from("u:p").toString("base64")}`,
      },
    });
  });

  test("a refusal is the proxy's, not Vault's", async () => {
    await using proxy = await startConnectProxy(0, true);
    using client = clientOf("https://vault.test:8200", {
      proxyAddress: proxy.address.replace("//", "//u:s3cret@"),
    });
    const error = await failureOf(client.send(ask));
    expect(error.kind).toBe("unreachable");
    expect(error.message).toContain(
      `proxy ${new URL(proxy.address).host} refused to connect to vault.test:8200`,
    );
    expect(error.message).toContain("407");
    expect(error.message).not.toContain("s3cret");
  });

  test("a proxy that is not there is named", async () => {
    const gone = await startSocketDouble(() => undefined);
    await gone[Symbol.asyncDispose]();
    using client = clientOf("https://vault.test:8200", { proxyAddress: `http://127.0.0.1:${gone.port}` });
    const error = await failureOf(client.send(ask));
    expect(error.kind).toBe("unreachable");
    expect(error.message).toContain(`proxy 127.0.0.1:${gone.port}: connection refused`);
  });

  test.each([
    ["hangs", () => undefined, "timeout"],
    ["hangs up", (socket: { destroy(): void }) => socket.destroy(), "unreachable"],
  ] as const)("a proxy that %s", async (_what, behave, kind) => {
    await using proxy = await startSocketDouble((socket) => socket.once("data", () => behave(socket)));
    using client = clientOf("https://vault.test:8200", {
      proxyAddress: `http://127.0.0.1:${proxy.port}`,
      timeoutSeconds: 0.2,
    });
    expect((await failureOf(client.send(ask))).kind).toBe(kind);
  });
});
