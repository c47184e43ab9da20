import { createVaultClient } from "../client.ts";
import type { VaultConnection } from "../connection.ts";
import type { VaultClient } from "../response.ts";
import { createHttpFetch } from "../transport/http-fetch.ts";
import type { LoginDependencies } from "./login-method.ts";

/** What a process brings along to log in with. */
export interface LoginSetting {
  readonly connection: VaultConnection;
  readonly client: VaultClient;
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly warn: (message: string) => void;
  /** The proxy to a cloud's token services; `""`: direct. */
  readonly proxyFor?: (url: string) => string;
  readonly signal?: AbortSignal;
}

/** The real world as `login` wants it: files, clock, randomness, network. Make it once for a process. */
export function loginDependencies(setting: LoginSetting): LoginDependencies {
  const fs = process.getBuiltinModule("node:fs/promises");
  const { connection, client, environment, warn, proxyFor, signal } = setting;
  return {
    client,
    clientWith: (tls) => createVaultClient({ ...connection, tls: { ...connection.tls, ...tls } }),
    readFile: (path) => fs.readFile(path, "utf8"),
    removeFile: (path) => fs.unlink(path),
    realPath: (path) => fs.realpath(path),
    environment,
    httpFetch: createHttpFetch(proxyFor === undefined ? {} : { proxyFor }),
    now: Date.now,
    random: (bytes) => process.getBuiltinModule("node:crypto").randomBytes(bytes),
    memory: new Map(),
    warn,
    ...(signal === undefined ? {} : { signal }),
  };
}
