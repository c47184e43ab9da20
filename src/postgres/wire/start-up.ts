import type { Socket } from "node:net";
import { createMessageReader, type MessageReader, WireError } from "./message-reader.ts";
import {
  firstColumn,
  passwordMessage,
  query,
  readServerError,
  type ServerError,
  type ServerMessage,
  saslInitialResponse,
  saslResponse,
  startupMessage,
  stringsIn,
  terminate,
} from "./messages.ts";
import { type ChannelBinding, startScram } from "./scram.ts";

/** The server's no, with its SQLSTATE. */
export class ServerRefusal extends Error {
  override readonly name = "ServerRefusal";
  readonly sqlstate: string;

  constructor({ sqlstate, message }: ServerError) {
    super(message);
    this.sqlstate = sqlstate;
  }
}

/** The server asks to be authenticated to in a way that is not ours. */
export class UnsupportedAuthentication extends Error {
  override readonly name = "UnsupportedAuthentication";
}

export interface StartUp {
  readonly username: string;
  readonly password: string;
  /** Of the StartupMessage, `user` among them. */
  readonly parameters: ReadonlyMap<string, string>;
  /** A password may go over this connection in clear text. */
  readonly confidential: boolean;
  readonly binding: ChannelBinding;
  /** Random, base64. */
  readonly nonce: string;
}

/** What the server tells of itself once the login is done. */
export interface Session {
  readonly parameters: ReadonlyMap<string, string>;
  /** Runs one statement and returns its first value. */
  ask(sql: string): Promise<string | undefined>;
  /** Says goodbye. */
  end(): void;
}

/** The next message that is no notice and no parameter. @throws ServerRefusal */
async function nextOf(reader: MessageReader, parameters: Map<string, string>): Promise<ServerMessage> {
  for (;;) {
    const message = await reader.next();
    if (message.type === "E") throw new ServerRefusal(readServerError(message.body));
    if (message.type === "S") {
      const [name = "", value = ""] = stringsIn(message.body);
      parameters.set(name, value);
    } else if (message.type !== "N" && message.type !== "v") return message;
  }
}

/** Kinds of authentication the protocol numbers. */
const AUTHENTICATION = { ok: 0, cleartext: 3, md5: 5, sasl: 10, saslContinue: 11, saslFinal: 12 } as const;

function md5Password({ username, password }: StartUp, salt: Buffer): string {
  const { createHash } = process.getBuiltinModule("node:crypto");
  const inner = createHash("md5").update(`${password}${username}`).digest("hex");
  return `md5${createHash("md5").update(inner).update(salt).digest("hex")}`;
}

/** The body of an authentication message of the expected kind. */
function authenticationOf(message: ServerMessage, expected: number): string {
  if (message.type !== "R" || message.body.length < 4 || message.body.readInt32BE(0) !== expected) {
    throw new WireError("the server left the SCRAM exchange");
  }
  return message.body.toString("utf8", 4);
}

async function scram(
  socket: Socket,
  next: () => Promise<ServerMessage>,
  start: StartUp,
  offered: readonly string[],
): Promise<void> {
  const exchange = startScram(offered, start.password, start.nonce, start.binding);
  if (exchange === undefined) {
    throw new UnsupportedAuthentication(
      `the server offers ${offered.join(", ") || "nothing"}, and channel_binding is ${start.binding.mode}`,
    );
  }
  socket.write(saslInitialResponse(exchange.mechanism, exchange.clientFirst));
  const serverFirst = authenticationOf(await next(), AUTHENTICATION.saslContinue);
  socket.write(saslResponse(exchange.clientFinal(serverFirst)));
  const serverFinal = authenticationOf(await next(), AUTHENTICATION.saslFinal);
  if (!exchange.serverFinalIsRight(serverFinal)) {
    throw new WireError("the server does not know the password: it may not be the one it claims to be");
  }
}

/** Answers the server's demands until it is content. */
async function authenticate(
  socket: Socket,
  next: () => Promise<ServerMessage>,
  start: StartUp,
): Promise<void> {
  for (;;) {
    const { type, body } = await next();
    if (type !== "R" || body.length < 4) throw new WireError("the server sent no authentication request");
    const kind = body.readInt32BE(0);
    if (kind === AUTHENTICATION.ok) return;
    if (kind === AUTHENTICATION.sasl) {
      await scram(
        socket,
        next,
        start,
        stringsIn(body.subarray(4)).filter((name) => name !== ""),
      );
    } else if (start.binding.mode === "require") {
      throw new UnsupportedAuthentication("channel_binding=require, and the server does not offer SCRAM");
    } else if (kind === AUTHENTICATION.md5) {
      socket.write(passwordMessage(md5Password(start, body.subarray(4, 8))));
    } else if (kind === AUTHENTICATION.cleartext) {
      if (!start.confidential) {
        throw new UnsupportedAuthentication(
          "the server wants the password in clear text over an unencrypted connection",
        );
      }
      socket.write(passwordMessage(start.password));
    } else {
      throw new UnsupportedAuthentication(`the server wants authentication of kind ${kind}`);
    }
  }
}

/**
 * Logs in over a connection and waits until the server is ready for queries.
 * @throws ServerRefusal, UnsupportedAuthentication, WireError, or the socket's error
 */
export async function startSession(socket: Socket, start: StartUp): Promise<Session> {
  const reader = createMessageReader(socket);
  const parameters = new Map<string, string>();
  const next = (): Promise<ServerMessage> => nextOf(reader, parameters);
  const untilReady = async (): Promise<string | undefined> => {
    let value: string | undefined;
    for (;;) {
      const { type, body } = await next();
      if (type === "Z") return value;
      if (type === "D") value ??= firstColumn(body);
    }
  };
  socket.write(startupMessage(start.parameters));
  await authenticate(socket, next, start);
  await untilReady();
  return {
    parameters,
    ask(sql) {
      socket.write(query(sql));
      return untilReady();
    },
    end() {
      socket.end(terminate());
    },
  };
}
