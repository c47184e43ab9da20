import type { AgentOptions } from "../../src/agent/agent.ts";
import type { VaultClient } from "../../src/vault/response.ts";

/** What a login needs beside its configuration: a client, and one text that stands in every file. */
export function loginDouble(client: VaultClient, contents: () => string): AgentOptions["login"] {
  return {
    client,
    clientWith: () => client,
    readFile: async () => contents(),
    removeFile: async () => undefined,
    realPath: async (path) => path,
    environment: {},
    httpFetch: () => Promise.reject(new Error("no network here")),
    now: () => 0,
    random: (bytes) => new Uint8Array(bytes),
    memory: new Map(),
    warn: () => undefined,
  };
}
