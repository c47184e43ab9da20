import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { beforeAll, expect, it } from "vitest";
import type { JsonObject } from "../../src/json.ts";
import { at, describeVaults, refusal, textAt } from "../support/each-vault.ts";
import type { Parts } from "../support/parts.ts";
import { documentedBlock } from "./document.ts";
import { createRotatingPool } from "./rotating-pool.ts";

interface Login {
  readonly leaseId: string;
  readonly username: string;
  readonly password: string;
  readonly url: string;
}

/** Sets up what the page says, by its own blocks: the roles, Vault's login, one Vault role per recipe. */
async function setUp(parts: Parts): Promise<void> {
  const { postgres, root } = parts;
  await postgres.query(documentedBlock("setup"));
  await postgres.query(documentedBlock("issuer"));
  // What makes Vault's default revocation fail: something it does not own.
  await postgres.query("CREATE TABLE public.foreign_table (id int)");
  await root.must("POST", "database/config/app", {
    plugin_name: "postgresql-database-plugin",
    allowed_roles: "*",
    connection_url: `postgresql://{{username}}:{{password}}@${postgres.host}:${postgres.port}/${postgres.database}`,
    username: "vault_issuer",
    password: "replaced by rotate-root below",
    password_authentication: "scram-sha-256",
  });
  await root.must("POST", "database/rotate-root/app");
  for (const recipe of ["app", "owner", "owning"]) {
    await writeRole(parts, recipe, {
      creation_statements: [documentedBlock(`${recipe}:creation`)],
      renew_statements: [documentedBlock(`${recipe}:renewal`)],
      revocation_statements: [documentedBlock(`${recipe}:revocation`)],
    });
  }
}

async function writeRole(parts: Parts, name: string, statements: JsonObject): Promise<void> {
  const role = { db_name: "app", default_ttl: "10m", max_ttl: "1h", ...statements };
  await parts.root.must("POST", `database/roles/${name}`, role);
}

async function issue(parts: Parts, role: string): Promise<Login> {
  const body = await parts.root.must("GET", `database/creds/${role}`);
  const username = textAt(body, "data", "username");
  const password = textAt(body, "data", "password");
  return {
    leaseId: textAt(body, "lease_id"),
    username,
    password,
    url: parts.postgres.url(username, password),
  };
}

async function connect(login: Pick<Login, "url">): Promise<pg.Client> {
  const client = new pg.Client(login.url);
  // A revocation may end the session at any time.
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

function revoke(parts: Parts, login: Login) {
  return parts.root.call("PUT", "sys/leases/revoke", { body: { lease_id: login.leaseId } });
}

async function roleExists(parts: Parts, name: string): Promise<boolean> {
  return (await parts.postgres.query("SELECT 1 FROM pg_roles WHERE rolname = $1", [name])).length > 0;
}

const serverLog: string[] = [];
const logged = { postgres: { onLog: (text: string) => void serverLog.push(text) } };

describeVaults("The recipes of docs/postgresql.md", logged, (parts) => {
  beforeAll(() => setUp(parts()));

  it("keep the password out of PostgreSQL's log, where the user name is", async () => {
    const login = await issue(parts(), "app");
    await expect.poll(() => serverLog.join("")).toContain(login.username);
    expect(serverLog.join("")).not.toContain(login.password);
  });

  it("let a login read and write what the owner created before and after", async () => {
    await parts().postgres.query(
      "SET ROLE app_owner; CREATE TABLE app.notes (id serial, text text); RESET ROLE",
    );
    const login = await issue(parts(), "app");
    const client = await connect(login);
    await client.query("INSERT INTO app.notes (text) VALUES ('hello')");
    const { rows } = await client.query("SELECT text FROM app.notes");
    await expect(client.query("CREATE TABLE app.mine (id int)")).rejects.toThrow(
      "permission denied for schema app",
    );
    await client.end();
    expect(rows).toEqual([{ text: "hello" }]);
  });

  it.each(["app", "owner", "owning"])("renew recipe %s to a later VALID UNTIL", async (recipe) => {
    const login = await issue(parts(), recipe);
    const sql = "SELECT extract(epoch FROM rolvaliduntil)::int AS until FROM pg_roles WHERE rolname = $1";
    const until = async () =>
      (await parts().postgres.query<{ until: number }>(sql, [login.username]))[0]?.until ?? 0;
    const before = await until();
    const body = { lease_id: login.leaseId, increment: 1800 };
    expect((await parts().root.call("PUT", "sys/leases/renew", { body })).body["lease_duration"]).toBe(1800);
    expect((await until()) - before).toBeGreaterThan(1190);
  });

  it.each(["app", "owner", "owning"])(
    "revoke recipe %s completely, open sessions included",
    async (recipe) => {
      const login = await issue(parts(), recipe);
      const client = await connect(login);
      const ended = new Promise<void>((resolve) => client.once("end", () => resolve()));
      expect((await revoke(parts(), login)).status).toBe(204);
      expect(await roleExists(parts(), login.username)).toBe(false);
      await ended;
      await expect(connect(login)).rejects.toThrow("password authentication failed");
    },
  );

  it.each(["app", "owner", "owning"])(
    "revoke recipe %s when somebody dropped the role by hand",
    async (recipe) => {
      const login = await issue(parts(), recipe);
      await parts().postgres.query(`DROP ROLE ${pg.escapeIdentifier(login.username)}`);
      expect((await revoke(parts(), login)).status).toBe(204);
    },
  );

  it("have the owner own what a migration creates, and the log name the login", async () => {
    const login = await issue(parts(), "owner");
    const client = await connect(login);
    const { rows } = await client.query("SELECT session_user, current_user");
    expect(rows).toEqual([{ session_user: login.username, current_user: "app_owner" }]);
    await client.query("CREATE TABLE app.migrated (id int)");
    const owner = await client.query("SELECT tableowner FROM pg_tables WHERE tablename = 'migrated'");
    expect(owner.rows).toEqual([{ tableowner: "app_owner" }]);
    await client.query("SET ROLE NONE");
    await expect(client.query("CREATE TABLE app.own (id int)")).rejects.toThrow(
      "permission denied for schema app",
    );
    const activity = await client.query("SELECT usename FROM pg_stat_activity WHERE pid = pg_backend_pid()");
    expect(activity.rows).toEqual([{ usename: login.username }]);
    expect((await revoke(parts(), login)).status).toBe(204);
    const reader = await connect(await issue(parts(), "app"));
    expect((await reader.query("SELECT * FROM app.migrated")).rows).toEqual([]);
    await reader.end();
  });

  it("hand over what a login owns before it goes", async () => {
    const login = await issue(parts(), "owning");
    const client = await connect(login);
    await client.query("CREATE TABLE app.left_behind (id int); INSERT INTO app.left_behind VALUES (7)");
    await client.query("CREATE FUNCTION app.seven() RETURNS int LANGUAGE sql AS 'SELECT 7'");
    await client.query("CREATE TYPE app.pair AS (a int, b int)");
    await client.end();
    const user = pg.escapeIdentifier(login.username);
    await parts().postgres.query(
      `SET ROLE app_owner; CREATE TABLE app.shared (id int); GRANT SELECT ON app.shared TO ${user}; RESET ROLE`,
    );
    expect((await revoke(parts(), login)).status).toBe(204);
    expect(await roleExists(parts(), login.username)).toBe(false);
    const sql = `SELECT (SELECT tableowner FROM pg_tables WHERE tablename = 'left_behind') AS table_owner,
      (SELECT proowner::regrole::text FROM pg_proc WHERE proname = 'seven') AS function_owner,
      (SELECT id FROM app.left_behind) AS kept`;
    expect(await parts().postgres.query(sql)).toEqual([
      { table_owner: "app_owner", function_owner: "app_owner", kept: 7 },
    ]);
  });

  it("find the roles that ended without being dropped", async () => {
    const forgotten = await issue(parts(), "app");
    await issue(parts(), "app");
    const user = pg.escapeIdentifier(forgotten.username);
    await parts().postgres.query(`ALTER ROLE ${user} VALID UNTIL '2001-01-01'`);
    const found = await parts().postgres.query(documentedBlock("forgotten"));
    expect(found).toEqual([{ rolname: forgotten.username }]);
  });

  it("keep the name of a static role and change its password", async () => {
    await parts().postgres.query(`DROP ROLE app_static; ${documentedBlock("static:setup")}`);
    const body = { db_name: "app", username: "app_static", rotation_period: "24h" };
    await parts().root.must("POST", "database/static-roles/app-documented", body);
    const read = () => parts().root.must("GET", "database/static-creds/app-documented");
    const before = await read();
    await parts().root.must("POST", "database/rotate-role/app-documented");
    const after = await read();
    expect(at(after, "data", "username")).toBe("app_static");
    expect(at(after, "data", "password")).not.toBe(at(before, "data", "password"));
    const url = parts().postgres.url("app_static", textAt(after, "data", "password"));
    const client = await connect({ url });
    expect((await client.query("SELECT count(*)::int AS count FROM app.notes")).rows).toHaveLength(1);
    await client.end();
  });
});

describeVaults("What docs/postgresql.md warns of", {}, (parts) => {
  beforeAll(() => setUp(parts()));

  const creation = `CREATE ROLE "{{name}}" LOGIN PASSWORD '{{password}}' IN ROLE app_rw;`;

  it("no revocation statements: a table of somebody else keeps the role alive", async () => {
    await writeRole(parts(), "default", { creation_statements: [creation] });
    const login = await issue(parts(), "default");
    const { status, errors } = refusal(await revoke(parts(), login));
    expect(status).toBe(400);
    expect(JSON.stringify(errors)).toContain("permission denied for table foreign_table");
    expect(await roleExists(parts(), login.username)).toBe(true);
  });

  it("a grant to the login: it cannot be dropped", async () => {
    await writeRole(parts(), "granted", {
      creation_statements: [creation],
      revocation_statements: [documentedBlock("app:revocation")],
    });
    const login = await issue(parts(), "granted");
    await parts().postgres.query(
      `GRANT SELECT ON public.foreign_table TO ${pg.escapeIdentifier(login.username)}`,
    );
    const { status, errors } = refusal(await revoke(parts(), login));
    expect(status).toBe(400);
    expect(JSON.stringify(errors)).toContain("cannot be dropped because some objects depend on it");
  });

  it("no ADMIN option on the group: no login is made", async () => {
    await parts().postgres.query("CREATE ROLE other_group NOLOGIN");
    await writeRole(parts(), "unadmitted", {
      creation_statements: [`CREATE ROLE "{{name}}" LOGIN IN ROLE other_group`],
    });
    const { status, errors } = refusal(await parts().root.call("GET", "database/creds/unadmitted"));
    expect(status).toBe(500);
    expect(JSON.stringify(errors)).toContain('permission denied to grant role \\"other_group\\"');
  });

  it("an open session: neither VALID UNTIL nor DROP ROLE ends it", async () => {
    await writeRole(parts(), "session", {
      creation_statements: [creation],
      revocation_statements: [`DROP ROLE IF EXISTS "{{name}}"`],
    });
    const login = await issue(parts(), "session");
    const client = await connect(login);
    const user = pg.escapeIdentifier(login.username);
    await parts().postgres.query(`ALTER ROLE ${user} VALID UNTIL '2001-01-01'`);
    await expect(connect(login)).rejects.toThrow("password authentication failed");
    expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    expect((await revoke(parts(), login)).status).toBe(204);
    expect((await client.query("SELECT 1 AS one")).rows).toEqual([{ one: 1 }]);
    await client.end();
  });
});

describeVaults("The documented pool", {}, (parts) => {
  it("is the one that is tested", async () => {
    const source = await readFile(new URL("rotating-pool.ts", import.meta.url), "utf8");
    expect(documentedBlock("rotating-pool")).toBe(source);
  });

  it("opens new connections with the login that is in the file by then", async () => {
    const directory = await mkdtemp(join(tmpdir(), "keycard-pool-"));
    const file = join(directory, "url");
    const first = await issue(parts(), "app-role");
    await writeFile(file, first.url);
    const pool = createRotatingPool(file, 1);
    pool.on("error", () => undefined);
    const whoAmI = async () =>
      (await pool.query<{ name: string }>("SELECT current_user AS name")).rows[0]?.name;
    expect(await whoAmI()).toBe(first.username);

    const second = await issue(parts(), "app-role");
    await writeFile(file, second.url);
    await expect.poll(whoAmI, { timeout: 10_000 }).toBe(second.username);
    expect((await revoke(parts(), first)).status).toBe(204);
    expect(await whoAmI()).toBe(second.username);
    await pool.end();
    await rm(directory, { recursive: true });
  });
});
