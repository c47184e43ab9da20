import type { Socket } from "node:net";
import type { ServerMessage } from "./messages.ts";

/** What came is not PostgreSQL's protocol. */
export class WireError extends Error {
  override readonly name = "WireError";
}

/** Far more than any message of a login has; a server that names a longer one is no PostgreSQL. */
const MAX_MESSAGE_BYTES = 64 * 1024;

/** Reads a socket piece by piece. One read at a time. */
export interface MessageReader {
  next(): Promise<ServerMessage>;
  /**
   * The single byte that answers an SSLRequest.
   * @throws WireError when more came with it: nothing may slip in before the TLS handshake.
   */
  singleByte(): Promise<string>;
  /** Stops listening; the socket goes on to somebody else. */
  detach(): void;
}

export function createMessageReader(socket: Socket): MessageReader {
  let buffered: Buffer = Buffer.alloc(0);
  let failure: Error | undefined;
  let wake: (() => void) | undefined;

  const onData = (chunk: Buffer): void => {
    buffered = buffered.length === 0 ? chunk : Buffer.concat([buffered, chunk]);
    wake?.();
  };
  const onError = (error: Error): void => {
    failure ??= error;
    wake?.();
  };
  const onClose = (): void => onError(new Error("the server closed the connection"));
  socket.on("data", onData).on("error", onError).on("end", onClose).on("close", onClose).resume();

  async function need(bytes: number): Promise<void> {
    while (buffered.length < bytes) {
      if (failure) throw failure;
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
      wake = undefined;
    }
  }

  return {
    async next() {
      await need(5);
      const length = buffered.readInt32BE(1);
      if (length < 4 || length > MAX_MESSAGE_BYTES) {
        throw new WireError("what answers does not speak PostgreSQL's protocol");
      }
      await need(length + 1);
      const message = { type: buffered.toString("latin1", 0, 1), body: buffered.subarray(5, length + 1) };
      buffered = buffered.subarray(length + 1);
      return message;
    },
    async singleByte() {
      await need(1);
      const byte = buffered.toString("latin1", 0, 1);
      // An old server, or one that is full, answers with a whole ErrorResponse.
      if (byte !== "E" && buffered.length > 1) {
        throw new WireError("the server sent unencrypted data after it agreed to TLS");
      }
      return byte;
    },
    detach() {
      socket.off("data", onData).off("error", onError).off("end", onClose).off("close", onClose);
      socket.pause();
    },
  };
}
