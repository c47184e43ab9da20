import { randomBytes } from "node:crypto";
import { chown, mkdtemp, rm } from "node:fs/promises";
import { join } from "node:path";
import pg from "pg";
import { KeycardError } from "../errors.ts";
import {
  findPostgresBinaries,
  postgresOwner,
  reachableBinaries,
  reachableTemporaryDirectory,
} from "./postgres-binaries.ts";
import { adminLogin, type Cluster, createDatabase, initialise, launch } from "./postgres-cluster.ts";
import { freePort, type ServerProcess } from "./server-process.ts";

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
    const cluster: Cluster = {
      binaries,
      owner,
      directory,
      admin: { username: "postgres", password: randomBytes(16).toString("hex") },
      host: options.host ?? "127.0.0.1",
      database: options.database ?? "app",
      settings: options.settings ?? {},
      tls: options.tls,
      onLog: options.onLog,
    };
    await initialise(cluster);
    return await serve(cluster);
  } catch (error) {
    await rm(directory, { recursive: true, force: true });
    throw error;
  }
}

/** Another process may take the free port before PostgreSQL binds it; a second choice is as good. */
async function serve(cluster: Cluster): Promise<DevelopmentPostgres> {
  for (let attempt = 1; ; attempt += 1) {
    const port = await freePort();
    try {
      const server = await launch(cluster, port);
      await createDatabase(cluster, port).catch(async (error: unknown) => {
        await server.stop();
        throw error;
      });
      return control(cluster, port, server);
    } catch (error) {
      const taken = error instanceof KeycardError && error.message.includes("could not bind");
      if (!taken || attempt === 5) throw error;
    }
  }
}

function control(cluster: Cluster, port: number, started: ServerProcess): DevelopmentPostgres {
  const { admin, directory, host, database } = cluster;
  let server = started;
  const pool = new pg.Pool({ ...adminLogin(cluster, port), database, max: 4 });
  // Idle connections end with the server; the next query reports it.
  pool.on("error", () => undefined);
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
