import { createVaultClient } from "../vault/client.ts";
import type { VaultConnection } from "../vault/connection.ts";
import type { LoginDependencies } from "../vault/login/login-method.ts";
import type { VaultClient } from "../vault/response.ts";
import { createHttpFetch } from "../vault/transport/http-fetch.ts";
import { fs } from "./file-system.ts";
import type { Logger } from "./logger.ts";

/**
 * What a login may touch of the world, as the agent has it: files are read synchronously, which starts no
 * thread. (The files are small, and in memory or beside the program.)
 */
export function loginEnvironment(
  connection: VaultConnection,
  client: VaultClient,
  environment: Readonly<Record<string, string | undefined>>,
  log: Logger,
): LoginDependencies {
  return {
    client,
    clientWith: (tls) => createVaultClient({ ...connection, tls: { ...connection.tls, ...tls } }),
    readFile: async (file) => fs.readFileSync(file, "utf8"),
    removeFile: async (file) => fs.unlinkSync(file),
    realPath: async (file) => fs.realpathSync(file),
    environment,
    httpFetch: createHttpFetch(),
    now: Date.now,
    random: (bytes) => process.getBuiltinModule("node:crypto").randomBytes(bytes),
    memory: new Map(),
    warn: (message) => log.warn("login-warning", { message }),
  };
}
