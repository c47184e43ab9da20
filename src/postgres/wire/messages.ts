/** PostgreSQL's frontend/backend protocol, version 3.0 ("Message Formats"): the few messages of a login. */

const PROTOCOL_3_0 = 196_608;
const SSL_REQUEST = 80_877_103;

/** One message of the server. */
export interface ServerMessage {
  /** The message's letter. */
  readonly type: string;
  readonly body: Buffer;
}

/** What an ErrorResponse says. */
export interface ServerError {
  readonly sqlstate: string;
  readonly message: string;
}

function cstring(text: string): Buffer {
  return Buffer.from(`${text}\0`, "utf8");
}

function framed(type: string, ...parts: readonly Buffer[]): Buffer {
  const body = Buffer.concat(parts);
  const head = Buffer.alloc(type.length + 4);
  head.write(type, "latin1");
  head.writeInt32BE(body.length + 4, type.length);
  return Buffer.concat([head, body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export function sslRequest(): Buffer {
  return framed("", int32(SSL_REQUEST));
}

export function startupMessage(parameters: ReadonlyMap<string, string>): Buffer {
  const pairs = [...parameters].flatMap(([name, value]) => [cstring(name), cstring(value)]);
  return framed("", int32(PROTOCOL_3_0), ...pairs, Buffer.of(0));
}

export function passwordMessage(password: string): Buffer {
  return framed("p", cstring(password));
}

export function saslInitialResponse(mechanism: string, response: string): Buffer {
  const bytes = Buffer.from(response, "utf8");
  return framed("p", cstring(mechanism), int32(bytes.length), bytes);
}

export function saslResponse(response: string): Buffer {
  return framed("p", Buffer.from(response, "utf8"));
}

export function query(sql: string): Buffer {
  return framed("Q", cstring(sql));
}

export function terminate(): Buffer {
  return framed("X");
}

/** The zero-terminated strings of a body. */
export function stringsIn(body: Buffer): readonly string[] {
  const strings = body.toString("utf8").split("\0");
  return strings.slice(0, -1);
}

/** An ErrorResponse's fields, by letter. */
export function readServerError(body: Buffer): ServerError {
  const fields = new Map(stringsIn(body).map((field) => [field.slice(0, 1), field.slice(1)]));
  return {
    sqlstate: (fields.get("C") ?? "").slice(0, 5),
    message: (fields.get("M") ?? "no message").replace(/\s+/g, " ").slice(0, 500),
  };
}

/** The first column of a DataRow; undefined when it is NULL or missing. */
export function firstColumn(body: Buffer): string | undefined {
  if (body.length < 6 || body.readInt16BE(0) < 1) return undefined;
  const length = body.readInt32BE(2);
  return length < 0 ? undefined : body.toString("utf8", 6, 6 + length);
}
