import { WireError } from "./message-reader.ts";
import { saslprep } from "./saslprep.ts";

const PLAIN = "SCRAM-SHA-256";
const PLUS = "SCRAM-SHA-256-PLUS";

/** More rounds would be the server's way of keeping us busy; PostgreSQL's default is 4,096. */
const MAX_ITERATIONS = 1_000_000;

/** What of the TLS session the login is bound to. */
export interface ChannelBinding {
  /** The URL's `channel_binding`. */
  readonly mode: "disable" | "prefer" | "require";
  readonly encrypted: boolean;
  /** `tls-server-end-point` (RFC 5929): hash of the server's certificate; undefined: none known. */
  readonly serverEndPoint: Buffer | undefined;
}

/** One SCRAM-SHA-256 exchange (RFC 5802, RFC 7677). */
export interface ScramExchange {
  readonly mechanism: string;
  readonly clientFirst: string;
  /** @throws WireError when the server's message is none of SCRAM's. */
  clientFinal(serverFirst: string): string;
  /** Whether the server knows the password too. */
  serverFinalIsRight(serverFinal: string): boolean;
}

interface Chosen {
  readonly mechanism: string;
  readonly gs2Header: string;
  readonly bindingData: Buffer;
}

/** undefined: what the server offers and what the URL asks for have nothing in common. */
function choose(offered: readonly string[], binding: ChannelBinding): Chosen | undefined {
  const none = Buffer.alloc(0);
  const usable = binding.encrypted && binding.mode !== "disable" && binding.serverEndPoint !== undefined;
  if (usable && offered.includes(PLUS)) {
    return {
      mechanism: PLUS,
      gs2Header: "p=tls-server-end-point,,",
      bindingData: binding.serverEndPoint ?? none,
    };
  }
  if (binding.mode === "require" || !offered.includes(PLAIN)) return undefined;
  // `y` says "I could, but you did not offer": it lets the server notice when somebody took the offer out.
  return { mechanism: PLAIN, gs2Header: usable ? "y,," : "n,,", bindingData: none };
}

function attribute(message: string, name: string): string {
  const found = message.split(",").find((part) => part.startsWith(`${name}=`));
  if (found === undefined) throw new WireError(`the server's SCRAM message lacks ${name}`);
  return found.slice(2);
}

/** The server's first message. */
interface ServerFirst {
  readonly nonce: string;
  readonly salt: Buffer;
  readonly iterations: number;
}

/** @throws WireError when it is no answer to our nonce, or would keep us busy */
function readServerFirst(message: string, clientNonce: string): ServerFirst {
  const nonce = attribute(message, "r");
  const iterations = Number(attribute(message, "i"));
  if (!nonce.startsWith(clientNonce) || nonce === clientNonce) {
    throw new WireError("the server's SCRAM message is not an answer to ours");
  }
  if (!Number.isInteger(iterations) || iterations < 1 || iterations > MAX_ITERATIONS) {
    throw new WireError("the server's SCRAM iteration count is out of bounds");
  }
  return { nonce, iterations, salt: Buffer.from(attribute(message, "s"), "base64") };
}

/** On the event loop: 4,096 rounds take a few milliseconds, and another thread would bring libuv's whole pool. */
function stretch(password: string, { salt, iterations }: ServerFirst): Buffer {
  const { pbkdf2Sync } = process.getBuiltinModule("node:crypto");
  return pbkdf2Sync(saslprep(password), salt, iterations, 32, "sha256");
}

/** Our proof of the password, and the one to expect of the server. */
function proofs(
  saltedPassword: Buffer,
  authMessage: string,
): { readonly client: Buffer; readonly server: Buffer } {
  const { createHash, createHmac } = process.getBuiltinModule("node:crypto");
  const hmac = (key: Buffer, text: string): Buffer => createHmac("sha256", key).update(text).digest();
  const clientKey = hmac(saltedPassword, "Client Key");
  const storedKey = createHash("sha256").update(clientKey).digest();
  const signature = hmac(storedKey, authMessage);
  return {
    client: Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0))),
    server: hmac(hmac(saltedPassword, "Server Key"), authMessage),
  };
}

/**
 * Begins an exchange.
 * @param nonce random, base64.
 * @returns undefined when the server offers no mechanism that can be used.
 */
export function startScram(
  offered: readonly string[],
  password: string,
  nonce: string,
  binding: ChannelBinding,
): ScramExchange | undefined {
  const chosen = choose(offered, binding);
  if (chosen === undefined) return undefined;
  const { gs2Header, bindingData, mechanism } = chosen;
  // PostgreSQL takes the user's name from the StartupMessage, and libpq leaves it out here too.
  const clientFirstBare = `n=,r=${nonce}`;
  const channel = Buffer.concat([Buffer.from(gs2Header), bindingData]).toString("base64");
  let expected: Buffer | undefined;
  return {
    mechanism,
    clientFirst: `${gs2Header}${clientFirstBare}`,
    clientFinal(message) {
      const serverFirst = readServerFirst(message, nonce);
      const withoutProof = `c=${channel},r=${serverFirst.nonce}`;
      const saltedPassword = stretch(password, serverFirst);
      const { client, server } = proofs(saltedPassword, `${clientFirstBare},${message},${withoutProof}`);
      expected = server;
      return `${withoutProof},p=${client.toString("base64")}`;
    },
    serverFinalIsRight(message) {
      const { timingSafeEqual } = process.getBuiltinModule("node:crypto");
      const given = Buffer.from(attribute(message, "v"), "base64");
      return expected !== undefined && given.length === expected.length && timingSafeEqual(given, expected);
    },
  };
}
