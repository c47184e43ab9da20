import pg from "pg";
import { messageOf } from "../../../errors.ts";
import { InternalFailure, listed } from "../refusal.ts";
import { scramVerifier } from "./scram.ts";
import { formatExpiration, queriesOf } from "./statements.ts";

export interface ConnectionSettings {
  /** With `{{username}}` and `{{password}}` in it. */
  readonly connectionUrl: string;
  readonly username: string;
  readonly password: string;
  readonly maxOpenConnections: number;
  /** What statements get for `{{password}}`: the password, or what PostgreSQL stores of it. */
  readonly passwordAuthentication: "password" | "scram-sha-256";
}

export interface NewUser {
  readonly username: string;
  readonly password: string;
  readonly expiresAt: number;
}

/** The behaviour of Vault's PostgreSQL plugin on one database. Every method throws InternalFailure. */
export interface PostgresPlugin {
  verify(): Promise<void>;
  createUser(user: NewUser, creation: readonly string[], rollback: readonly string[]): Promise<void>;
  extendUser(username: string, expiresAt: number, renewal: readonly string[]): Promise<void>;
  changePassword(username: string, password: string, rotation: readonly string[]): Promise<void>;
  dropUser(username: string, revocation: readonly string[]): Promise<void>;
  close(): Promise<void>;
}

const EXTEND = ["ALTER ROLE \"{{name}}\" VALID UNTIL '{{expiration}}'"];
const CHANGE_PASSWORD = ["ALTER ROLE \"{{username}}\" WITH PASSWORD '{{password}}'"];

export function connectPostgres(settings: ConnectionSettings): PostgresPlugin {
  const pool = new pg.Pool({
    connectionString: settings.connectionUrl
      .replaceAll("{{username}}", () => encodeURIComponent(settings.username))
      .replaceAll("{{password}}", () => encodeURIComponent(settings.password)),
    max: settings.maxOpenConnections,
    connectionTimeoutMillis: 10_000,
    allowExitOnIdle: true,
  });
  const written = (password: string): string =>
    settings.passwordAuthentication === "password" ? password : scramVerifier(password);
  // An idle connection that breaks is replaced at its next use.
  pool.on("error", () => undefined);
  return {
    verify: () => inTransaction(pool, ["SELECT 1"], "error verifying connection: "),
    createUser: async ({ username, password, expiresAt }, creation, rollback) => {
      const values = {
        name: username,
        username,
        password: written(password),
        expiration: formatExpiration(expiresAt),
      };
      try {
        await inTransaction(pool, queriesOf(creation, values), "failed to execute query: ");
      } catch (error) {
        await inTransaction(pool, queriesOf(rollback, values), "").catch(() => undefined);
        throw error;
      }
    },
    extendUser: async (username, expiresAt, renewal) => {
      const values = { name: username, username, expiration: formatExpiration(expiresAt) };
      const queries = queriesOf(renewal.length > 0 ? renewal : EXTEND, values);
      await inTransaction(pool, queries, "").catch((cause: unknown) => {
        throw new InternalFailure(listed([messageOf(cause)]), { cause });
      });
    },
    changePassword: (username, password, rotation) => {
      const values = { name: username, username, password: written(password) };
      const statements = rotation.length > 0 ? rotation : CHANGE_PASSWORD;
      return inTransaction(pool, queriesOf(statements, values), "failed to execute query: ");
    },
    dropUser: (username, revocation) =>
      revocation.length > 0
        ? inTransaction(pool, queriesOf(revocation, { name: username, username }), "")
        : dropByDefault(pool, username),
    close: () => pool.end(),
  };
}

async function inTransaction(pool: pg.Pool, queries: readonly string[], context: string): Promise<void> {
  const client = await pool.connect().catch((cause: unknown) => {
    throw failure("unable to get connection: ", cause);
  });
  let broken = false;
  try {
    await client.query("BEGIN");
    for (const query of queries) await client.query(query);
    await client.query("COMMIT");
  } catch (cause) {
    await client.query("ROLLBACK").catch(() => {
      broken = true;
    });
    throw failure(context, cause);
  } finally {
    client.release(broken);
  }
}

/** As PostgreSQL's Go driver words it. */
function failure(context: string, cause: unknown): InternalFailure {
  if (cause instanceof InternalFailure) return cause;
  const reason =
    cause instanceof pg.DatabaseError ? `ERROR: ${cause.message} (SQLSTATE ${cause.code})` : messageOf(cause);
  return new InternalFailure(`${context}${reason}`, { cause });
}

/**
 * Without revocation statements Vault takes back what it can of the user's privileges, each on its own, and
 * drops the role only when nothing of that failed. What the user owns is left alone, so a role that owns
 * something stays.
 */
async function dropByDefault(pool: pg.Pool, username: string): Promise<void> {
  try {
    const known = await pool.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [username]);
    if (known.rowCount === 0) return;
    const granted = await pool.query<{ schema: string }>(
      "SELECT DISTINCT table_schema AS schema FROM information_schema.role_column_grants WHERE grantee = $1",
      [username],
    );
    const database = await pool.query<{ name: string }>("SELECT current_database() AS name");
    const user = pg.escapeIdentifier(username);
    const revocations = [
      ...granted.rows.flatMap(({ schema }) => [
        `REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA ${pg.escapeIdentifier(schema)} FROM ${user}`,
        `REVOKE USAGE ON SCHEMA ${pg.escapeIdentifier(schema)} FROM ${user}`,
      ]),
      `REVOKE ALL PRIVILEGES ON ALL TABLES IN SCHEMA public FROM ${user}`,
      `REVOKE ALL PRIVILEGES ON ALL SEQUENCES IN SCHEMA public FROM ${user}`,
      `REVOKE USAGE ON SCHEMA public FROM ${user}`,
      ...database.rows.map(
        ({ name }) => `REVOKE CONNECT ON DATABASE ${pg.escapeIdentifier(name)} FROM ${user}`,
      ),
    ];
    await revokeEach(pool, revocations);
    await pool.query(`DROP ROLE IF EXISTS ${user}`);
  } catch (cause) {
    throw failure("", cause);
  }
}

async function revokeEach(pool: pg.Pool, statements: readonly string[]): Promise<void> {
  let last: unknown;
  for (const statement of statements) {
    await pool.query(statement).catch((cause: unknown) => {
      last = cause;
    });
  }
  if (last !== undefined) throw failure("could not perform all revocation statements: ", last);
}
