import { createHash, createHmac, pbkdf2Sync } from "node:crypto";
import type { Socket } from "node:net";
import { createSecureContext, TLSSocket } from "node:tls";
import { type SocketDouble, startSocketDouble } from "../vault/doubles.ts";

/** A PostgreSQL server that says what a test wants it to say. */
export interface ServerScript {
  /** The answer to a request for TLS; default `N`. A certificate makes the session that `S` promises. */
  readonly tlsAnswer?: string;
  readonly certificate?: { readonly cert: string; readonly key: string };
  /** Messages after the StartupMessage, e.g. a demand for a password. */
  readonly greeting?: (parameters: ReadonlyMap<string, string>) => readonly Buffer[];
  /** Messages after each of the client's. */
  readonly reply?: (type: string, body: Buffer) => readonly Buffer[];
}

export function message(type: string, ...parts: readonly (Buffer | string)[]): Buffer {
  const body = Buffer.concat(parts.map((part) => (typeof part === "string" ? Buffer.from(part) : part)));
  const head = Buffer.alloc(5);
  head.write(type, "latin1");
  head.writeInt32BE(body.length + 4, 1);
  return Buffer.concat([head, body]);
}

function int32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32BE(value);
  return bytes;
}

export const demand = (kind: number, ...rest: readonly (Buffer | string)[]): Buffer =>
  message("R", int32(kind), ...rest);
export const authenticationOk = demand(0);
export const ready = message("Z", "I");
export const parameter = (name: string, value: string): Buffer => message("S", `${name}\0${value}\0`);
export const refusal = (sqlstate: string, text: string): Buffer =>
  message("E", `SFATAL\0VFATAL\0C${sqlstate}\0M${text}\0\0`);
export const notice = message("N", "SNOTICE\0C00000\0Mhello\0\0");

/** One row of one column. */
export function row(value: string): Buffer {
  const count = Buffer.alloc(2);
  count.writeInt16BE(1);
  return message("D", count, int32(Buffer.byteLength(value)), value);
}

/** Serves one connection by the script, once TLS is settled. */
function serve(socket: Socket, script: ServerScript, seen: string[]): void {
  let buffered = Buffer.alloc(0);
  let started = false;
  const write = (messages: readonly Buffer[]): void => {
    for (const each of messages) socket.write(each);
  };
  socket.on("error", () => undefined);
  socket.on("data", (chunk: Buffer) => {
    buffered = Buffer.concat([buffered, chunk]);
    if (!started && buffered.length >= 8 && buffered.readInt32BE(4) === 80_877_103) {
      buffered = buffered.subarray(8);
      seen.push("tls?");
      socket.write(script.tlsAnswer ?? (script.certificate ? "S" : "N"));
      if (script.certificate) {
        socket.removeAllListeners("data");
        const secureContext = createSecureContext(script.certificate);
        serve(new TLSSocket(socket, { isServer: true, secureContext }), { ...script }, seen);
      }
      return;
    }
    if (!started) {
      if (buffered.length < 4 || buffered.length < buffered.readInt32BE(0)) return;
      const strings = buffered.toString("utf8", 8, buffered.readInt32BE(0)).split("\0");
      const pairs = strings.flatMap((name, index): [string, string][] =>
        index % 2 === 0 && name !== "" ? [[name, strings[index + 1] ?? ""]] : [],
      );
      buffered = buffered.subarray(buffered.readInt32BE(0));
      started = true;
      seen.push("start");
      write((script.greeting ?? (() => [authenticationOk, ready]))(new Map(pairs)));
    }
    while (buffered.length >= 5 && buffered.length > buffered.readInt32BE(1)) {
      const end = buffered.readInt32BE(1) + 1;
      const type = buffered.toString("latin1", 0, 1);
      const body = Buffer.from(buffered.subarray(5, end));
      buffered = buffered.subarray(end);
      seen.push(type);
      write(script.reply?.(type, body) ?? []);
    }
  });
}

export interface PostgresDouble extends SocketDouble {
  /** `tls?`, `start`, then the letters of the client's messages. */
  readonly seen: readonly string[];
}

export async function startPostgresDouble(script: ServerScript = {}): Promise<PostgresDouble> {
  const seen: string[] = [];
  const double = await startSocketDouble((socket) => serve(socket, script, seen));
  return { ...double, seen };
}

/** The server's side of SCRAM-SHA-256 (RFC 5802), written apart from the client's. */
export function scramServer(
  password: string,
  changes: {
    readonly iterations?: number;
    readonly nonce?: (client: string) => string;
    readonly proofless?: boolean;
  } = {},
): Required<Pick<ServerScript, "greeting" | "reply">> {
  const salt = Buffer.from("0123456789abcdef");
  const iterations = changes.iterations ?? 4096;
  let clientFirstBare = "";
  let serverFirst = "";
  const hmac = (key: Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
  return {
    greeting: () => [demand(10, "SCRAM-SHA-256\0\0")],
    reply: (type, body) => {
      if (type !== "p") return [];
      const text = body.toString("utf8");
      const first = /n=,r=(.*)$/s.exec(text);
      if (first && clientFirstBare === "") {
        clientFirstBare = first[0];
        const clientNonce = first[1] ?? "";
        const nonce = changes.nonce?.(clientNonce) ?? `${clientNonce}server`;
        serverFirst = `r=${nonce},s=${salt.toString("base64")},i=${iterations}`;
        return [demand(11, serverFirst)];
      }
      const [withoutProof = "", proof = ""] = text.split(",p=");
      const salted = pbkdf2Sync(password, salt, iterations, 32, "sha256");
      const storedKey = createHash("sha256").update(hmac(salted, "Client Key")).digest();
      const authMessage = `${clientFirstBare},${serverFirst},${withoutProof}`;
      const signature = hmac(storedKey, authMessage);
      const clientKey = Buffer.from(proof, "base64").map((byte, index) => byte ^ (signature[index] ?? 0));
      if (!createHash("sha256").update(clientKey).digest().equals(storedKey)) {
        return [refusal("28P01", "password authentication failed")];
      }
      const serverSignature = hmac(hmac(salted, "Server Key"), changes.proofless ? "other" : authMessage);
      return [demand(12, `v=${serverSignature.toString("base64")}`), authenticationOk, ready];
    },
  };
}
