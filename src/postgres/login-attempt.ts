import type { Socket } from "node:net";
import type { TLSSocket } from "node:tls";
import type { PostgresLogin } from "./details.ts";
import { type LoginCheck, outcomeOf, TlsFailure } from "./login-outcome.ts";
import { isSocketDirectory, type PostgresHost, type PostgresUrl } from "./url.ts";
import { createMessageReader, WireError } from "./wire/message-reader.ts";
import { sslRequest } from "./wire/messages.ts";
import { ServerRefusal, type Session, startSession } from "./wire/start-up.ts";
import { secureSocket, serverEndPoint, type TlsSettings, TlsSettingsError } from "./wire/tls.ts";

/** How to open a connection; `path` for Unix sockets. */
export type OpenSocket = (
  place: { readonly host: string; readonly port: number } | { readonly path: string },
) => Socket;

export interface AttemptOptions {
  readonly login: PostgresLogin;
  readonly url: PostgresUrl;
  readonly tls: TlsSettings;
  readonly timeoutSeconds: number;
  readonly signal: AbortSignal | undefined;
  readonly openSocket: OpenSocket;
  readonly random: (bytes: number) => Uint8Array;
}

/** A host to try, and where it really is. */
export type AttemptHost = PostgresHost & { readonly address: string };

/** How to encrypt; the last trusts the system's roots where the URL says `sslrootcert=system`. */
type Encryption = "plain" | "tls" | "tls-if-offered" | "tls-by-system-roots";

/** The socket an attempt is talking over; never more than one. */
interface Line {
  current: Socket | undefined;
  /** Why the attempt is over: no more sockets. */
  ended: Error | undefined;
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = (): void => reject(new Error("connection closed"));
    socket.once("connect", () => {
      socket.off("error", reject).off("close", onClose);
      resolve();
    });
    socket.once("error", reject).once("close", onClose);
  });
}

function take<T extends Socket>(line: Line, socket: T): T {
  // Whoever waits on the socket hears of its errors; this one keeps late ones from ending the process.
  socket.on("error", () => undefined);
  line.current = socket;
  return socket;
}

async function open(host: AttemptHost, options: AttemptOptions, line: Line): Promise<Socket> {
  if (line.ended) throw line.ended;
  const place = isSocketDirectory(host.host)
    ? { path: `${host.host}/.s.PGSQL.${host.port}` }
    : { host: host.address, port: host.port };
  line.current?.destroy();
  const socket = take(line, options.openSocket(place));
  await connected(socket);
  return socket;
}

/** Whether the server agreed to TLS. */
async function offersTls(socket: Socket): Promise<boolean> {
  const reader = createMessageReader(socket);
  socket.write(sslRequest());
  const answer = await reader.singleByte();
  if (answer === "E") throw new WireError("the server answered the request for TLS with an error");
  if (answer !== "S" && answer !== "N") {
    throw new WireError("what answers does not speak PostgreSQL's protocol");
  }
  reader.detach();
  return answer === "S";
}

/** A connection, encrypted as asked; `secured` is undefined when it is not. */
async function connect(
  host: AttemptHost,
  encryption: Encryption,
  options: AttemptOptions,
  line: Line,
): Promise<{ readonly socket: Socket; readonly secured: TLSSocket | undefined }> {
  const raw = await open(host, options, line);
  if (encryption === "plain" || isSocketDirectory(host.host)) return { socket: raw, secured: undefined };
  if (!options.tls.direct && !(await offersTls(raw))) {
    if (encryption === "tls-if-offered") return { socket: raw, secured: undefined };
    throw new TlsFailure(`the server offers no TLS, and sslmode=${options.tls.mode} needs it`);
  }
  const roots = encryption === "tls-by-system-roots" ? "system" : "runtime";
  try {
    const secured = take(line, await secureSocket(raw, host.host, options.tls, roots));
    return { socket: secured, secured };
  } catch (error) {
    if (error instanceof TlsSettingsError) throw error;
    throw new TlsFailure(error instanceof Error ? error.message : String(error), { cause: error });
  }
}

const STARTUP_PARAMETERS = ["application_name", "client_encoding", "options", "replication"];

async function session(
  host: AttemptHost,
  encryption: Encryption,
  options: AttemptOptions,
  line: Line,
): Promise<Session> {
  const { login, url } = options;
  const { socket, secured } = await connect(host, encryption, options, line);
  const carried = [...url.parameters].filter(([name]) => STARTUP_PARAMETERS.includes(name));
  return await startSession(socket, {
    ...login,
    parameters: new Map([["user", login.username], ["database", url.database || login.username], ...carried]),
    confidential: secured !== undefined || isSocketDirectory(host.host),
    binding: {
      mode: bindingMode(url),
      encrypted: secured !== undefined,
      serverEndPoint: secured && serverEndPoint(secured),
    },
    nonce: Buffer.from(options.random(18)).toString("base64"),
  });
}

function bindingMode(url: PostgresUrl): "disable" | "prefer" | "require" {
  const mode = url.parameters.get("channel_binding");
  return mode === "disable" || mode === "require" ? mode : "prefer";
}

/** The ways to try, in order: libpq's for each `sslmode`. */
function encryptionsOf({ mode, parameters }: TlsSettings): readonly Encryption[] {
  if (parameters.get("sslrootcert") === "system") return ["tls", "tls-by-system-roots"];
  if (mode === "disable") return ["plain"];
  if (mode === "allow") return ["plain", "tls"];
  return mode === "prefer" ? ["tls-if-offered", "plain"] : ["tls"];
}

/** Whether the other way (with or without TLS) may do better: pg_hba.conf may allow one of them alone. */
function worthAnotherWay(error: unknown): boolean {
  return error instanceof TlsFailure || (error instanceof ServerRefusal && error.sqlstate === "28000");
}

async function anySession(host: AttemptHost, options: AttemptOptions, line: Line): Promise<Session> {
  let failure: unknown;
  for (const encryption of encryptionsOf(options.tls)) {
    try {
      return await session(host, encryption, options, line);
    } catch (error) {
      // What the server said the first time explains more than that the second way was no better.
      failure ??= error;
      if (!worthAnotherWay(error)) break;
    }
  }
  throw failure;
}

/**
 * Tries one host.
 * @param matches whether the session is what the URL asks for
 * @throws TlsSettingsError
 */
export async function attempt(
  host: AttemptHost,
  options: AttemptOptions,
  matches: (session: Session) => Promise<boolean>,
): Promise<LoginCheck> {
  const line: Line = { current: undefined, ended: undefined };
  const fail = (reason: Error): void => {
    line.ended ??= reason;
    line.current?.destroy(reason);
  };
  const timer = setTimeout(
    () => fail(new Error(`no answer within ${options.timeoutSeconds} seconds`)),
    options.timeoutSeconds * 1000,
  );
  const onAbort = (): void => fail(new Error("the check was cancelled"));
  options.signal?.addEventListener("abort", onAbort, { once: true });
  try {
    if (options.signal?.aborted) onAbort();
    const found = await anySession(host, options, line);
    const matched = await matches(found);
    found.end();
    line.current?.destroySoon();
    if (matched) return { kind: "ok", host: host.host };
    const reason = "the server is not what target_session_attrs asks for";
    return { kind: "no-match", host: host.host, reason };
  } catch (error) {
    line.current?.destroy();
    return outcomeOf(line.ended ?? error, host.host);
  } finally {
    clearTimeout(timer);
    options.signal?.removeEventListener("abort", onAbort);
  }
}
