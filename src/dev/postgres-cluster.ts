import { spawn } from "node:child_process";
import { chown, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { KeycardError } from "../errors.ts";
import type { PostgresBinaries } from "./postgres-binaries.ts";
import { type ProcessOwner, type ServerProcess, startServerProcess, untilReady } from "./server-process.ts";

/** Durability is of no use to a database that is deleted at the end. */
const SETTINGS: Readonly<Record<string, string>> = {
  fsync: "off",
  synchronous_commit: "off",
  full_page_writes: "off",
  unix_socket_directories: "",
  max_connections: "200",
  shared_buffers: "32MB",
  password_encryption: "scram-sha-256",
};

/** A cluster's files, and who and what serves them. */
export interface Cluster {
  readonly binaries: PostgresBinaries;
  readonly owner: ProcessOwner | undefined;
  readonly directory: string;
  readonly admin: { readonly username: string; readonly password: string };
  readonly host: string;
  readonly database: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly tls: { readonly certificate: string; readonly key: string } | undefined;
  readonly onLog: ((text: string) => void) | undefined;
}

/** Makes the cluster's files. @throws KeycardError `KEYCARD_DEV_SERVER` with what initdb printed. */
export async function initialise({ binaries, owner, directory, admin, tls }: Cluster): Promise<void> {
  const data = join(directory, "data");
  const passwordFile = join(directory, "password");
  await writeOwned(passwordFile, `${admin.password}\n`, owner);
  await run(
    binaries.initdb,
    [
      `--pgdata=${data}`,
      `--username=${admin.username}`,
      `--pwfile=${passwordFile}`,
      "--auth=scram-sha-256",
      "--encoding=UTF8",
      "--locale=C",
      "--no-sync",
    ],
    owner,
  );
  await rm(passwordFile);
  await writeOwned(join(data, "pg_hba.conf"), "host all all all scram-sha-256\n", owner);
  if (tls !== undefined) {
    await writeOwned(join(data, "server.crt"), tls.certificate, owner);
    await writeOwned(join(data, "server.key"), tls.key, owner);
  }
}

async function writeOwned(path: string, text: string, owner: ProcessOwner | undefined): Promise<void> {
  await writeFile(path, text, { mode: 0o600 });
  if (owner !== undefined) await chown(path, owner.uid, owner.gid);
}

function run(command: string, args: readonly string[], owner: ProcessOwner | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = spawn(command, [...args], { stdio: ["ignore", "pipe", "pipe"], ...(owner ?? {}) });
    let output = "";
    const collect = (chunk: Buffer): void => {
      output += chunk.toString("utf8");
    };
    child.stdout.on("data", collect);
    child.stderr.on("data", collect);
    child.once("error", reject);
    child.once("close", (code) => {
      if (code === 0) resolve();
      else reject(new KeycardError("KEYCARD_DEV_SERVER", `initdb failed (${code}):\n${output.trim()}`));
    });
  });
}

/** Starts the server and waits until it takes logins. */
export async function launch(cluster: Cluster, port: number): Promise<ServerProcess> {
  const { binaries, directory, owner, host, tls } = cluster;
  const settings = {
    ...SETTINGS,
    listen_addresses: host,
    ...(tls === undefined ? {} : { ssl: "on" }),
    ...cluster.settings,
  };
  const server = await startServerProcess({
    name: "PostgreSQL",
    command: binaries.postgres,
    args: [
      "-D",
      join(directory, "data"),
      "-p",
      String(port),
      ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]),
    ],
    ...(owner === undefined ? {} : { owner }),
    stopSignal: "SIGINT",
    temporaryDirectory: directory,
    ...(cluster.onLog === undefined ? {} : { onOutput: cluster.onLog }),
  });
  await untilReady("PostgreSQL", server, () => accepts(cluster, port));
  return server;
}

/** How the admin connects. */
export function adminLogin({ host, admin }: Cluster, port: number): pg.ClientConfig {
  return { host, port, user: admin.username, password: admin.password };
}

/** Makes the cluster's database. */
export async function createDatabase(cluster: Cluster, port: number): Promise<void> {
  const client = new pg.Client({ ...adminLogin(cluster, port), database: "postgres" });
  await client.connect();
  try {
    await client.query(`CREATE DATABASE ${pg.escapeIdentifier(cluster.database)}`);
  } finally {
    await client.end();
  }
}

async function accepts(cluster: Cluster, port: number): Promise<boolean> {
  const client = new pg.Client({ ...adminLogin(cluster, port), database: "postgres" });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}
