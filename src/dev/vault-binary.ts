import { randomBytes } from "node:crypto";
import { constants } from "node:fs";
import { access, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { delimiter, join } from "node:path";
import { KeycardError } from "../errors.ts";
import type { RunningVault } from "./running-vault.ts";
import { freePort, type ServerProcess, startServerProcess, untilReady } from "./server-process.ts";
import { type VaultApi, vaultApi } from "./vault-api.ts";

/**
 * A real `vault` or `bao`: the one `KEYCARD_VAULT_BIN` names, else the first on PATH; undefined: none.
 * @throws KeycardError `KEYCARD_DEV_VAULT_BIN` when the variable names something that cannot be run.
 */
export async function findVaultBinary(
  env: Readonly<Record<string, string | undefined>>,
): Promise<string | undefined> {
  const named = env["KEYCARD_VAULT_BIN"] ?? "";
  if (named !== "") {
    if (await isExecutable(named)) return named;
    throw new KeycardError(
      "KEYCARD_DEV_VAULT_BIN",
      `KEYCARD_VAULT_BIN=${named} is not an executable file; unset it to use the development Vault`,
    );
  }
  const directories = (env["PATH"] ?? "").split(delimiter).filter((directory) => directory !== "");
  for (const name of ["vault", "bao"]) {
    for (const directory of directories) {
      const path = join(directory, name);
      if (await isExecutable(path)) return path;
    }
  }
  return undefined;
}

async function isExecutable(path: string): Promise<boolean> {
  try {
    await access(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

export interface VaultServerOptions {
  /**
   * `memory`: `vault server -dev`, which forgets everything when it goes down. `file`: mounts, tokens and
   * leases survive `down` and `up`. Default `memory`.
   */
  readonly storage?: "memory" | "file";
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  readonly onLog?: (text: string) => void;
}

/**
 * Starts a real Vault (or OpenBao) on a free port, unsealed.
 * @throws KeycardError `KEYCARD_DEV_SERVER` with what it printed when it does not start.
 */
export async function startVaultServer(
  binary: string,
  options: VaultServerOptions = {},
): Promise<RunningVault> {
  for (let attempt = 1; ; attempt += 1) {
    const directory = await mkdtemp(join(tmpdir(), "keycard-vault-"));
    const host = options.host ?? "127.0.0.1";
    const launch: Launch = { binary, directory, host, port: await freePort(), options };
    try {
      return options.storage === "file" ? await startPersistent(launch) : await startInMemory(launch);
    } catch (error) {
      await rm(directory, { recursive: true, force: true });
      // Somebody took the free port before Vault did; a second choice is as good.
      const taken = error instanceof KeycardError && error.message.includes("address already in use");
      if (!taken || attempt === 5) throw error;
    }
  }
}

interface Launch {
  readonly binary: string;
  readonly directory: string;
  readonly host: string;
  readonly port: number;
  readonly options: VaultServerOptions;
}

function launchServer(launch: Launch, args: readonly string[]): Promise<ServerProcess> {
  return startServerProcess({
    name: "Vault",
    command: launch.binary,
    args: ["server", ...args],
    // No VAULT_* of ours may reach it, and its token helper must not write to our home.
    env: { PATH: "/usr/bin:/bin", HOME: launch.directory },
    stopSignal: "SIGINT",
    temporaryDirectory: launch.directory,
    ...(launch.options.onLog === undefined ? {} : { onOutput: launch.options.onLog }),
  });
}

async function startInMemory(launch: Launch): Promise<RunningVault> {
  const rootToken = `root-${randomBytes(12).toString("hex")}`;
  const start = async (): Promise<ServerProcess> => {
    const server = await launchServer(launch, [
      "-dev",
      "-dev-no-store-token",
      `-dev-root-token-id=${rootToken}`,
      `-dev-listen-address=${launch.host}:${launch.port}`,
    ]);
    await untilReady("Vault", server, () => answers(launch, 200));
    await untilReady("Vault", server, async () => /Root Token:/.test(server.output));
    return server;
  };
  const server = await start();
  const unsealKey = /Unseal Key: (\S+)/.exec(server.output)?.[1] ?? "";
  return running(launch, { rootToken, unsealKey, persistent: false }, server, start);
}

async function startPersistent(launch: Launch): Promise<RunningVault> {
  const storage = join(launch.directory, "storage");
  const configuration = join(launch.directory, "vault.hcl");
  await mkdir(storage);
  await writeFile(
    configuration,
    [
      `storage "file" { path = "${storage}" }`,
      `listener "tcp" {\n  address = "${launch.host}:${launch.port}"\n  tls_disable = true\n}`,
      `api_addr = "http://${launch.host}:${launch.port}"`,
      "disable_mlock = true",
      "ui = false",
    ].join("\n"),
  );
  const api = vaultApi(addressOf(launch), "");
  const launched = (): Promise<ServerProcess> => launchServer(launch, [`-config=${configuration}`]);
  const server = await launched();
  await untilReady("Vault", server, () => answers(launch, 501));
  const keys = await api.must("PUT", "sys/init", { secret_shares: 1, secret_threshold: 1 });
  const unsealKey = String(keys["keys_base64"]);
  const rootToken = String(keys["root_token"]);
  await unseal(api, launch, server, unsealKey);
  return running(launch, { rootToken, unsealKey, persistent: true }, server, async () => {
    const again = await launched();
    await untilReady("Vault", again, () => answers(launch, 503));
    await unseal(api, launch, again, unsealKey);
    return again;
  });
}

async function unseal(api: VaultApi, launch: Launch, server: ServerProcess, key: string): Promise<void> {
  await api.must("PUT", "sys/unseal", { key });
  await untilReady("Vault", server, () => answers(launch, 200));
}

async function running(
  launch: Launch,
  facts: Pick<RunningVault, "rootToken" | "unsealKey" | "persistent">,
  started: ServerProcess,
  start: () => Promise<ServerProcess>,
): Promise<RunningVault> {
  let server = started;
  const address = addressOf(launch);
  const health = await vaultApi(address, "").must("GET", "sys/health");
  const stop = async (): Promise<void> => {
    await server.kill();
    await rm(launch.directory, { recursive: true, force: true });
  };
  return {
    kind: "real",
    version: String(health["version"]),
    address,
    ...facts,
    down: () => server.kill(),
    up: async () => {
      server = await start();
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function addressOf(launch: Launch): string {
  return `http://${launch.host}:${launch.port}`;
}

async function answers(launch: Launch, status: number): Promise<boolean> {
  try {
    return (await vaultApi(addressOf(launch), "").call("GET", "sys/health")).status === status;
  } catch {
    return false;
  }
}
