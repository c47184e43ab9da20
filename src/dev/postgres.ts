import { spawn } from "node:child_process";
import { randomBytes } from "node:crypto";
import { chown, mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { KeycardError } from "../errors.ts";
import {
  findPostgresBinaries,
  type PostgresBinaries,
  postgresOwner,
  reachableBinaries,
  reachableTemporaryDirectory,
} from "./postgres-binaries.ts";
import {
  freePort,
  type ProcessOwner,
  type ServerProcess,
  startServerProcess,
  untilReady,
} from "./server-process.ts";

export interface DevelopmentPostgresOptions {
  /** Created at start. Default `app`. */
  readonly database?: string;
  /** Address to listen on. Default `127.0.0.1`. */
  readonly host?: string;
  /** Settings of postgresql.conf on top of our own, e.g. `{ log_connections: "on" }`. */
  readonly settings?: Readonly<Record<string, string>>;
  /** Serve TLS with this certificate and key, in PEM. */
  readonly tls?: { readonly certificate: string; readonly key: string };
  /** Called with the server's log as it is written. */
  readonly onLog?: (text: string) => void;
}

/** A real PostgreSQL server under our control. Everybody logs in with scram-sha-256. */
export interface DevelopmentPostgres extends AsyncDisposable {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  /** A superuser. */
  readonly admin: { readonly username: string; readonly password: string };
  readonly pid: number;
  /** A connection URL. Default database: the one created at start. */
  url(username: string, password: string, database?: string): string;
  /** Runs one statement as the admin. */
  query<Row extends pg.QueryResultRow>(sql: string, values?: readonly unknown[]): Promise<readonly Row[]>;
  /** Ends the server; data stays until `stop`. */
  down(): Promise<void>;
  /** Starts it again, on the same port. */
  up(): Promise<void>;
  /** Ends the server and removes its data. */
  stop(): Promise<void>;
}

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

/**
 * Makes a new PostgreSQL cluster in a temporary directory and starts it on a free port. As root it runs as
 * an unprivileged user by itself.
 * @throws KeycardError when the binaries are missing or the server does not start.
 */
export async function startPostgres(options: DevelopmentPostgresOptions = {}): Promise<DevelopmentPostgres> {
  const installed = await findPostgresBinaries();
  const owner = await postgresOwner(process.getuid?.());
  const directory = await mkdtemp(join(await reachableTemporaryDirectory(owner), "keycard-postgres-"));
  try {
    if (owner !== undefined) await chown(directory, owner.uid, owner.gid);
    const binaries = await reachableBinaries(installed, owner, directory);
    const admin = { username: "postgres", password: randomBytes(16).toString("hex") };
    await initialise({ binaries, owner, directory, admin, options });
    return await serve({ binaries, owner, directory, admin, options });
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

interface Cluster {
  readonly binaries: PostgresBinaries;
  readonly owner: ProcessOwner | undefined;
  readonly directory: string;
  readonly admin: { readonly username: string; readonly password: string };
  readonly options: DevelopmentPostgresOptions;
}

async function initialise({ binaries, owner, directory, admin, options }: Cluster): Promise<void> {
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
  if (options.tls !== undefined) {
    await writeOwned(join(data, "server.crt"), options.tls.certificate, owner);
    await writeOwned(join(data, "server.key"), options.tls.key, owner);
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

/** Another process may take the free port before PostgreSQL binds it; a second choice is as good. */
async function serve(cluster: Cluster): Promise<DevelopmentPostgres> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      const server = await launch(cluster, port);
      return await handle(cluster, port, server);
    } catch (error) {
      const taken = error instanceof KeycardError && error.message.includes("could not bind");
      if (!taken || attempt === 5) throw error;
    }
  }
}

async function launch(cluster: Cluster, port: number): Promise<ServerProcess> {
  const { binaries, directory, owner, options, admin } = cluster;
  const host = options.host ?? "127.0.0.1";
  const settings = {
    ...SETTINGS,
    listen_addresses: host,
    ...(options.tls === undefined ? {} : { ssl: "on" }),
    ...options.settings,
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
    ...(options.onLog === undefined ? {} : { onOutput: options.onLog }),
  });
  await untilReady("PostgreSQL", server, () => accepts({ host, port, admin }));
  return server;
}

async function accepts(target: Pick<DevelopmentPostgres, "host" | "port" | "admin">): Promise<boolean> {
  const client = new pg.Client({
    host: target.host,
    port: target.port,
    user: target.admin.username,
    password: target.admin.password,
    database: "postgres",
  });
  client.on("error", () => undefined);
  try {
    await client.connect();
    await client.end();
    return true;
  } catch {
    return false;
  }
}

async function handle(cluster: Cluster, port: number, started: ServerProcess): Promise<DevelopmentPostgres> {
  const { admin, options, directory } = cluster;
  const host = options.host ?? "127.0.0.1";
  const database = options.database ?? "app";
  let server = started;
  const connect = (name: string): pg.Pool => {
    const pool = new pg.Pool({
      host,
      port,
      user: admin.username,
      password: admin.password,
      database: name,
      max: 4,
    });
    // Idle connections end with the server; the next query reports it.
    pool.on("error", () => undefined);
    return pool;
  };
  const maintenance = connect("postgres");
  await maintenance.query(`CREATE DATABASE ${pg.escapeIdentifier(database)}`);
  await maintenance.end();
  const pool = connect(database);
  const stop = async (): Promise<void> => {
    if (!pool.ended) await pool.end();
    await server.stop();
    await rm(directory, { recursive: true, force: true });
  };
  return {
    host,
    port,
    database,
    admin,
    get pid() {
      return server.pid;
    },
    url: (username, password, name = database) =>
      `postgresql://${encodeURIComponent(username)}:${encodeURIComponent(password)}@${host}:${port}/${encodeURIComponent(name)}`,
    query: async <Row extends pg.QueryResultRow>(sql: string, values: readonly unknown[] = []) =>
      (await pool.query<Row>(sql, [...values])).rows,
    down: () => server.stop(),
    up: async () => {
      server = await launch(cluster, port);
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}
