import { describe, expect, test } from "vitest";
import { asTransportError } from "../../src/vault/transport/transport-error.ts";
import { clientOf, failureOf, startHttpDouble, startSocketDouble } from "./doubles.ts";

const OK = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";

describe("a fault of the network", () => {
  test("nobody listens", async () => {
    const gone = await startSocketDouble(() => undefined);
    await gone[Symbol.asyncDispose]();
    using client = clientOf(`http://127.0.0.1:${gone.port}`);
    const error = await failureOf(client.send({ method: "GET", path: "sys/health" }));
    expect(error).toMatchObject({ kind: "unreachable", status: 0, retryable: true });
    expect(error.message).toContain(
      `GET sys/health at Vault http://127.0.0.1:${gone.port} failed: connection refused`,
    );
  });

  test.each([
    ["ENOTFOUND", "unreachable", "host name not found"],
    ["EAI_AGAIN", "unreachable", "host name lookup failed for now"],
    ["EHOSTUNREACH", "unreachable", "no route to host"],
    ["ETIMEDOUT", "timeout", "connection timed out"],
    ["HPE_INVALID_CONSTANT", "protocol", "what came back is not an HTTP answer"],
    ["ESOMETHING", "unreachable", "something happened"],
  ])("Node.js's %s is %s: %s", (code, kind, message) => {
    const raised = Object.assign(new Error("something happened"), { code });
    expect(asTransportError(raised)).toMatchObject({ kind, message, cause: raised });
  });

  test("a reset before the answer", async () => {
    await using server = await startSocketDouble((socket) =>
      socket.once("data", () => socket.resetAndDestroy()),
    );
    using client = clientOf(`http://127.0.0.1:${server.port}`);
    expect(await failureOf(client.send({ method: "GET", path: "x" }))).toMatchObject({ kind: "unreachable" });
    expect(server.connections()).toBe(1);
  });

  test("a connection that is taken and never answered", async () => {
    await using server = await startSocketDouble(() => undefined);
    using client = clientOf(`http://127.0.0.1:${server.port}`, { timeoutSeconds: 0.1 });
    const error = await failureOf(client.send({ method: "GET", path: "x" }));
    expect(error).toMatchObject({ kind: "timeout", retryable: true });
    expect(error.message).toContain("no whole answer within 0.1 seconds");
  });

  test("a call that is given less time than the connection", async () => {
    await using server = await startSocketDouble(() => undefined);
    using client = clientOf(`http://127.0.0.1:${server.port}`, { timeoutSeconds: 60 });
    const error = await failureOf(client.send({ method: "GET", path: "x", timeoutSeconds: 0.1 }));
    expect(error.message).toContain("no whole answer within 0.1 seconds");
  });

  test("an answer that drips and never ends", async () => {
    await using server = await startSocketDouble((socket) =>
      socket.once("data", () => socket.write(`${OK}Content-Length: 100\r\n\r\n{"data":`)),
    );
    using client = clientOf(`http://127.0.0.1:${server.port}`, { timeoutSeconds: 0.1 });
    expect((await failureOf(client.send({ method: "GET", path: "x" }))).kind).toBe("timeout");
  });

  test("an answer cut off in the middle", async () => {
    await using server = await startSocketDouble((socket) =>
      socket.once("data", () => socket.end(`${OK}Content-Length: 100\r\n\r\n{"data":{"password":"s3cret`)),
    );
    using client = clientOf(`http://127.0.0.1:${server.port}`);
    const error = await failureOf(client.send({ method: "GET", path: "x" }));
    expect(error.kind).toBe("unreachable");
    expect(error.message).not.toContain("s3cret");
  });

  test.each([
    ["bytes that are no HTTP", "\x00\x01garbage\r\n\r\n"],
    ["a greeting of another protocol", "220 smtp.example.com ESMTP\r\n"],
  ])("%s", async (_what, bytes) => {
    await using server = await startSocketDouble((socket) => socket.once("data", () => socket.end(bytes)));
    using client = clientOf(`http://127.0.0.1:${server.port}`);
    expect((await failureOf(client.send({ method: "GET", path: "x" }))).kind).toBe("protocol");
  });

  test.each([
    ["HTML", "<html>Welcome, s3cret</html>"],
    ["JSON cut short", '{"data":{"password":"s3cret'],
    ["a JSON list", '["s3cret"]'],
    ["a number for a lease's name", '{"lease_id":1,"data":{"password":"s3cret"}}'],
    ["a text for data", '{"data":"s3cret"}'],
    ["a text for the warnings", '{"warnings":"s3cret"}'],
  ])("a success whose body is %s", async (_what, body) => {
    await using vault = await startHttpDouble(() => ({ body, headers: { "content-type": "text/html" } }));
    using client = clientOf(vault.address);
    const error = await failureOf(client.send({ method: "GET", path: "x" }));
    expect(error).toMatchObject({ kind: "protocol", status: 200, retryable: true });
    expect(error.message).not.toContain("s3cret");
  });

  test("an answer without bounds", async () => {
    await using vault = await startHttpDouble((_request, response) => {
      response.writeHead(200);
      const more = (): void => {
        while (!response.destroyed && response.write("x".repeat(65_536)));
      };
      response.on("drain", more);
      more();
      return undefined;
    });
    using client = clientOf(vault.address, {}, { maxBodyBytes: 1_000_000 });
    const error = await failureOf(client.send({ method: "GET", path: "x" }));
    expect(error.kind).toBe("protocol");
    expect(error.message).toContain("longer than 1000000 bytes");
  });

  test("keys that would reach an object's prototype are data like any other", async () => {
    const body = '{"__proto__":{"lease_id":"x"},"data":{"__proto__":{"a":1},"constructor":"c"}}';
    await using vault = await startHttpDouble(() => ({ body }));
    using client = clientOf(vault.address);
    const answer = await client.send({ method: "GET", path: "x" });
    expect(answer.leaseId).toBe("");
    expect(({} as { a?: number }).a).toBeUndefined();
  });
});

describe("connections", () => {
  test("are kept and used again", async () => {
    await using vault = await startHttpDouble(() => ({}));
    using client = clientOf(vault.address);
    for (let call = 0; call < 3; call++) await client.send({ method: "GET", path: "x" });
    expect(vault.connections()).toBe(1);
  });

  /** Answers the first request on a connection and slams the door on the second. */
  function onceEach(): (socket: import("node:net").Socket) => void {
    let connections = 0;
    return (socket) => {
      const first = connections++ === 0;
      let requests = 0;
      socket.on("data", () => {
        if (first && requests++ === 1) socket.resetAndDestroy();
        else socket.write(`${OK}Content-Length: 2\r\n\r\n{}`);
      });
    };
  }

  test("that the server closed meanwhile cost a read nothing", async () => {
    await using server = await startSocketDouble(onceEach());
    using client = clientOf(`http://127.0.0.1:${server.port}`);
    await client.send({ method: "GET", path: "x" });
    expect((await client.send({ method: "GET", path: "x" })).status).toBe(200);
    expect(server.connections()).toBe(2);
  });

  test("that the server closed meanwhile fail a write: it may have been done", async () => {
    await using server = await startSocketDouble(onceEach());
    using client = clientOf(`http://127.0.0.1:${server.port}`);
    await client.send({ method: "GET", path: "x" });
    const error = await failureOf(client.send({ method: "POST", path: "x", body: {} }));
    expect(error.kind).toBe("unreachable");
    expect(server.connections()).toBe(1);
  });
});

describe("giving up", () => {
  test("before the call", async () => {
    await using vault = await startHttpDouble(() => ({}));
    using client = clientOf(vault.address);
    const error = await failureOf(client.send({ method: "GET", path: "x", signal: AbortSignal.abort() }));
    expect(error).toMatchObject({ kind: "aborted", retryable: false });
    expect(vault.connections()).toBe(0);
  });

  test("while waiting for the answer", async () => {
    const giveUp = new AbortController();
    await using vault = await startHttpDouble(() => {
      giveUp.abort();
      return undefined;
    });
    using client = clientOf(vault.address);
    const error = await failureOf(client.send({ method: "GET", path: "x", signal: giveUp.signal }));
    expect(error.kind).toBe("aborted");
  });

  test("by closing the client", async () => {
    await using vault = await startHttpDouble(() => {
      client.close();
      return undefined;
    });
    using client = clientOf(vault.address);
    expect((await failureOf(client.send({ method: "GET", path: "x" }))).kind).toBe("aborted");
  });
});
