import { createHash } from "node:crypto";
import { describe, expect, test } from "vitest";
import { checkLogin, type LoginCheck } from "../../src/postgres/login-check.ts";
import { startSocketDouble } from "../vault/doubles.ts";
import {
  authenticationOk,
  demand,
  message,
  notice,
  parameter,
  ready,
  refusal,
  row,
  type ServerScript,
  scramServer,
  startPostgresDouble,
} from "./server-double.ts";

const login = { username: "v-app", password: "s3cret" };

/** Checks the login at a server that follows a script. */
async function checkAt(script: ServerScript, query = "", timeoutSeconds = 5): Promise<LoginCheck> {
  await using server = await startPostgresDouble(script);
  return await check([server.port], query, timeoutSeconds);
}

function check(
  ports: readonly number[],
  query = "",
  timeoutSeconds = 5,
  signal?: AbortSignal,
): Promise<LoginCheck> {
  const hosts = ports.map((port) => `127.0.0.1:${port}`).join(",");
  const target = { name: "db", url: `postgresql://${hosts}/app${query}`, applicationName: "ns/pod" };
  return checkLogin(target, login, { timeoutSeconds, ...(signal ? { signal } : {}) });
}

const ok = { kind: "ok", host: "127.0.0.1" };

describe("the start of a session", () => {
  test("names user, database, application and options", async () => {
    let sent: ReadonlyMap<string, string> = new Map();
    const script: ServerScript = {
      greeting: (parameters) => {
        sent = parameters;
        return [authenticationOk, ready];
      },
    };
    expect(await checkAt(script, "?options=-csearch_path%3Dx")).toEqual(ok);
    expect(Object.fromEntries(sent)).toEqual({
      user: "v-app",
      database: "app",
      options: "-csearch_path=x",
      application_name: "ns/pod",
    });
  });

  test("takes notices, parameters and the cancellation key as they come, and says goodbye", async () => {
    await using server = await startPostgresDouble({
      greeting: () => [
        notice,
        authenticationOk,
        parameter("server_version", "18.1"),
        message("K", Buffer.alloc(8)),
        ready,
      ],
    });
    expect(await check([server.port], "?sslmode=disable")).toEqual(ok);
    await expect.poll(() => server.seen).toEqual(["start", "X"]);
  });

  test("takes messages cut anywhere", async () => {
    await using server = await startSocketDouble((socket) => {
      socket.once("data", async () => {
        for (const byte of Buffer.concat([authenticationOk, ready])) {
          socket.write(Buffer.of(byte));
          await new Promise((resolve) => setImmediate(resolve));
        }
      });
    });
    expect(await check([server.port], "?sslmode=disable")).toEqual(ok);
  });
});

describe("authentication", () => {
  test("by SCRAM-SHA-256", async () => {
    expect(await checkAt(scramServer("s3cret"))).toEqual(ok);
  });

  test("by SCRAM-SHA-256 with another password is refused", async () => {
    expect(await checkAt(scramServer("other"))).toMatchObject({ kind: "refused", sqlstate: "28P01" });
  });

  test.each<[string, Parameters<typeof scramServer>[1], RegExp]>([
    ["that cannot prove it knows the password", { proofless: true }, /does not know the password/],
    ["that answers another nonce", { nonce: () => "mine" }, /not an answer to ours/],
    ["that adds nothing to the nonce", { nonce: (client) => client }, /not an answer to ours/],
    ["that wants no iterations", { iterations: -1 }, /out of bounds/],
    ["that wants endless iterations", { iterations: 2_000_000_000 }, /out of bounds/],
  ])("by a server %s is none", async (_what, changes, reason) => {
    const outcome = await checkAt(scramServer("s3cret", changes));
    expect(outcome).toEqual({
      kind: "protocol",
      host: "127.0.0.1",
      reason: expect.stringMatching(reason),
    });
  });

  test("by MD5", async () => {
    const salt = Buffer.of(1, 2, 3, 4);
    const md5 = (...parts: readonly (string | Buffer)[]): string =>
      parts.reduce((hash, part) => hash.update(part), createHash("md5")).digest("hex");
    const expected = `md5${md5(md5("s3cretv-app"), salt)}\0`;
    const outcome = await checkAt({
      greeting: () => [demand(5, salt)],
      reply: (_type, body) =>
        body.toString() === expected ? [authenticationOk, ready] : [refusal("28P01", "no")],
    });
    expect(outcome).toEqual(ok);
  });

  test("in clear text is never done without TLS", async () => {
    await using server = await startPostgresDouble({ greeting: () => [demand(3)] });
    expect(await check([server.port])).toMatchObject({
      kind: "impossible",
      reason: expect.stringContaining("clear text"),
    });
    expect(server.seen).not.toContain("p");
  });

  test.each([
    ["Kerberos", demand(7)],
    ["a mechanism of SASL that is not ours", demand(10, "OAUTHBEARER\0\0")],
  ])("by %s is not possible from here", async (_what, asked) => {
    expect(await checkAt({ greeting: () => [asked] })).toMatchObject({ kind: "impossible" });
  });

  test("without channel binding is none where the URL requires it", async () => {
    const outcome = await checkAt(scramServer("s3cret"), "?channel_binding=require");
    expect(outcome).toMatchObject({ kind: "impossible", reason: expect.stringContaining("channel_binding") });
  });
});

describe("what a server answers", () => {
  test.each([
    ["28P01", "refused"],
    ["28000", "refused"],
    ["3D000", "refused"],
    ["42501", "refused"],
    ["53300", "unavailable"],
    ["57P03", "unavailable"],
    ["57P01", "unavailable"],
    ["58000", "unavailable"],
  ])("with SQLSTATE %s means %s", async (sqlstate, kind) => {
    const outcome = await checkAt({ greeting: () => [refusal(sqlstate, "because")] });
    expect(outcome).toEqual({ kind, host: "127.0.0.1", sqlstate, message: "because" });
  });

  test("after the password counts as well", async () => {
    const outcome = await checkAt({
      greeting: () => [authenticationOk, refusal("3D000", 'database "app" does not exist')],
    });
    expect(outcome).toMatchObject({ kind: "refused", sqlstate: "3D000" });
  });

  test.each([
    ["garbage", Buffer.from("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ["a message of four gigabytes", Buffer.from([0x52, 0x7f, 0xff, 0xff, 0xff, 0])],
    ["a message shorter than its head", Buffer.from([0x52, 0, 0, 0, 1, 0])],
    ["something else than an authentication request", message("D", "x")],
  ])("may be %s", async (_what, bytes) => {
    expect(await checkAt({ greeting: () => [bytes] })).toMatchObject({ kind: "protocol" });
  });
});

describe("a network that does not work", () => {
  test("nobody listens", async () => {
    const gone = await startSocketDouble(() => undefined);
    await gone[Symbol.asyncDispose]();
    const outcome = await check([gone.port]);
    expect(outcome).toMatchObject({ kind: "unreachable", reason: expect.stringContaining("ECONNREFUSED") });
  });

  test.each([
    ["hangs up", (socket: import("node:net").Socket) => socket.end()],
    ["resets", (socket: import("node:net").Socket) => socket.resetAndDestroy()],
  ])("a server %s", async (_what, behave) => {
    await using server = await startSocketDouble((socket) => socket.once("data", () => behave(socket)));
    expect(await check([server.port])).toMatchObject({ kind: "unreachable" });
  });

  test("a server that never answers", async () => {
    await using server = await startSocketDouble(() => undefined);
    const outcome = await check([server.port], "", 0.1);
    expect(outcome).toEqual({
      kind: "unreachable",
      host: "127.0.0.1",
      reason: "no answer within 0.1 seconds",
    });
  });

  test("giving up", async () => {
    const giveUp = new AbortController();
    await using server = await startSocketDouble((socket) => socket.once("data", () => giveUp.abort()));
    const outcome = await check([server.port], "", 5, giveUp.signal);
    expect(outcome).toMatchObject({ kind: "unreachable", reason: "the check was cancelled" });
  });
});

describe("TLS", () => {
  test.each([
    ["disable", ["start", "X"]],
    ["allow", ["start", "X"]],
    ["prefer", ["tls?", "start", "X"]],
  ])("with sslmode=%s a server without it is asked %o", async (mode, asked) => {
    await using server = await startPostgresDouble();
    expect(await check([server.port], `?sslmode=${mode}`)).toEqual(ok);
    await expect.poll(() => server.seen).toEqual(asked);
  });

  test("that a server does not offer fails where the URL requires it", async () => {
    await using server = await startPostgresDouble();
    expect(await check([server.port], "?sslmode=require")).toMatchObject({ kind: "tls" });
    expect(server.seen).toEqual(["tls?"]);
  });

  test("is not begun when unencrypted data came along with the yes", async () => {
    const outcome = await checkAt({ tlsAnswer: "Sinjected" }, "?sslmode=require");
    expect(outcome).toMatchObject({
      kind: "protocol",
      reason: expect.stringContaining("unencrypted data"),
    });
  });

  test.each(["E", "x"])("answered with %j is no PostgreSQL", async (tlsAnswer) => {
    expect(await checkAt({ tlsAnswer })).toMatchObject({ kind: "protocol" });
  });

  test.each([
    ["sslmode=verify-full", "needs sslrootcert"],
    ["sslmode=verify-ca", "needs sslrootcert"],
    ["sslmode=require&sslrootcert=system", "needs sslmode=verify-full"],
    ["sslnegotiation=direct", "needs sslmode=require"],
  ])("asked for by %s is not possible: %s", async (query, reason) => {
    expect(await check([1], `?${query}`)).toMatchObject({
      kind: "impossible",
      reason: expect.stringContaining(reason),
    });
  });

  test("that is agreed to and never begun ends with the time, whatever other way there is", async () => {
    await using server = await startPostgresDouble({ tlsAnswer: "S" });
    const outcome = await check([server.port], "?sslmode=prefer", 0.2);
    expect(outcome).toMatchObject({ kind: "unreachable", reason: "no answer within 0.2 seconds" });
    expect(server.connections()).toBe(1);
  });

  test("refused by pg_hba.conf is tried the other way with sslmode=allow", async () => {
    let attempts = 0;
    await using server = await startPostgresDouble({
      greeting: () => (attempts++ === 0 ? [refusal("28000", "no encryption")] : [authenticationOk, ready]),
    });
    expect(await check([server.port], "?sslmode=allow")).toMatchObject({
      kind: "refused",
      message: "no encryption",
    });
    expect(server.seen).toEqual(["start", "tls?"]);
  });
});

describe("several hosts", () => {
  const startingUp: ServerScript = { greeting: () => [refusal("57P03", "starting up")] };
  const wrong: ServerScript = { greeting: () => [refusal("28P01", "no")] };

  test("the first that answers decides", async () => {
    await using down = await startPostgresDouble(startingUp);
    await using up = await startPostgresDouble();
    await using never = await startPostgresDouble();
    expect(await check([down.port, up.port, never.port])).toEqual(ok);
    expect(never.connections()).toBe(0);
  });

  test("a refusal ends it, as with libpq", async () => {
    await using first = await startPostgresDouble(wrong);
    await using second = await startPostgresDouble();
    expect(await check([first.port, second.port])).toMatchObject({ kind: "refused" });
    expect(second.connections()).toBe(0);
  });

  test("where none answers the first reason is told", async () => {
    await using down = await startPostgresDouble(startingUp);
    const gone = await startSocketDouble(() => undefined);
    await gone[Symbol.asyncDispose]();
    expect(await check([down.port, gone.port])).toMatchObject({
      kind: "unavailable",
      message: "starting up",
    });
  });

  test("picked at random by clients must all take the login", async () => {
    await using first = await startPostgresDouble();
    await using lagging = await startPostgresDouble(wrong);
    const random = "?load_balance_hosts=random";
    expect(await check([first.port, lagging.port], random)).toMatchObject({ kind: "refused" });
    await using down = await startPostgresDouble(startingUp);
    expect(await check([down.port, first.port], random)).toEqual(ok);
  });
});

/** A server that tells what it is at the start. */
function telling(standby: boolean, readOnly: boolean): ServerScript {
  const on = (value: boolean): string => (value ? "on" : "off");
  return {
    greeting: () => [
      authenticationOk,
      parameter("in_hot_standby", on(standby)),
      parameter("default_transaction_read_only", on(readOnly)),
      ready,
    ],
  };
}

/** A server that must be asked. */
function answering(standby: boolean, readOnly: boolean): ServerScript {
  return {
    reply: (type, body) => {
      if (type !== "Q") return [];
      const recovery = body.toString().includes("pg_is_in_recovery");
      const value = recovery ? (standby ? "t" : "f") : readOnly ? "on" : "off";
      return [message("T", Buffer.alloc(2)), row(value), message("C", "SELECT 1\0"), ready];
    },
  };
}

describe.each([
  ["tells", telling],
  ["must be asked", answering],
] as const)("target_session_attrs at a server that %s", (_how, server) => {
  test.each([
    ["any", false, false, true],
    ["read-write", false, false, true],
    ["read-write", false, true, false],
    ["read-only", false, true, true],
    ["read-only", false, false, false],
    ["primary", false, true, true],
    ["primary", true, true, false],
    ["standby", true, true, true],
    ["standby", false, false, false],
    ["prefer-standby", true, true, true],
    ["prefer-standby", false, false, true],
  ])("%s with standby %s, read-only %s: %s", async (wanted, standby, readOnly, matches) => {
    const outcome = await checkAt(server(standby, readOnly), `?target_session_attrs=${wanted}`);
    expect(outcome.kind).toBe(matches ? "ok" : "no-match");
  });

  test("passes over hosts that are not what is asked for", async () => {
    await using replica = await startPostgresDouble(server(true, true));
    await using primary = await startPostgresDouble(server(false, false));
    expect(await check([replica.port, primary.port], "?target_session_attrs=read-write")).toEqual(ok);
    expect(primary.connections()).toBe(1);
  });
});

test("a URL that is wrong is the caller's mistake", async () => {
  await expect(checkLogin({ name: "db", url: "mysql://x" }, login, { timeoutSeconds: 1 })).rejects.toThrow(
    "PostgreSQL URL",
  );
});
