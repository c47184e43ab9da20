import { spawn } from "node:child_process";
import { once } from "node:events";
import { access } from "node:fs/promises";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createAuthority, issueServingCertificate } from "../../src/certs/authority.ts";
import { type DevelopmentPostgres, startPostgres } from "../../src/dev/postgres.ts";

async function connectAs(url: string, options: pg.ClientConfig = {}): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url, ...options });
  client.on("error", () => undefined);
  await client.connect();
  return client;
}

describe("The development PostgreSQL", () => {
  let postgres: DevelopmentPostgres;
  beforeAll(async () => {
    postgres = await startPostgres({ database: "shop", settings: { application_name: "tried" } });
  });
  afterAll(() => postgres.stop());

  it("asks everybody for the right password, the admin too", async () => {
    const { username } = postgres.admin;
    await expect(connectAs(postgres.url(username, "wrong"))).rejects.toThrow(
      "password authentication failed",
    );
    await postgres.query("CREATE ROLE somebody LOGIN PASSWORD 'right'");
    await expect(connectAs(postgres.url("somebody", "wrong"))).rejects.toThrow(
      "password authentication failed",
    );
    const client = await connectAs(postgres.url("somebody", "right"));
    expect((await client.query("SELECT current_database() AS name")).rows).toEqual([{ name: "shop" }]);
    await client.end();
  });

  it("stores passwords for scram-sha-256", async () => {
    const [row] = await postgres.query<{ kinds: string[] }>(
      "SELECT array_agg(DISTINCT split_part(rolpassword, '$', 1)) AS kinds FROM pg_authid WHERE rolpassword IS NOT NULL",
    );
    expect(row?.kinds).toEqual(["SCRAM-SHA-256"]);
  });

  it("has the settings that were asked for", async () => {
    expect(await postgres.query("SHOW application_name")).toEqual([{ application_name: "tried" }]);
  });

  it("goes down and comes back at the same port, with its data", async () => {
    await postgres.query("CREATE TABLE kept AS SELECT 7 AS number");
    const { port } = postgres;
    await postgres.down();
    await expect(postgres.query("SELECT 1")).rejects.toThrow();
    await postgres.up();
    expect(postgres.port).toBe(port);
    expect(await postgres.query("SELECT number FROM kept")).toEqual([{ number: 7 }]);
  });
});

describe("A development PostgreSQL with a certificate", () => {
  it("is verified by name and authority", async () => {
    const validity = { now: new Date(), lifetimeDays: 1 };
    const authority = await createAuthority(validity);
    const serving = await issueServingCertificate(authority, { ...validity, hosts: ["127.0.0.1"] });
    const tls = { certificate: serving.certificate, key: serving.privateKey };
    await using postgres = await startPostgres({ tls });
    const { username, password } = postgres.admin;
    const client = await connectAs(postgres.url(username, password), { ssl: { ca: authority.certificate } });
    const { rows } = await client.query("SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()");
    await client.end();
    expect(rows).toEqual([{ ssl: true }]);
  });
});

describe("A development server whose process is killed", () => {
  it("takes its database and its files with it", async () => {
    const source = new URL("../../src/dev/postgres.ts", import.meta.url).href;
    const script = `
      import { startPostgres } from ${JSON.stringify(source)};
      const postgres = await startPostgres();
      const [{ data }] = await postgres.query("SELECT current_setting('data_directory') AS data");
      console.log(JSON.stringify({ pid: postgres.pid, port: postgres.port, data }));
      setInterval(() => undefined, 1000);`;
    const child = spawn(process.execPath, ["--input-type=module", "-e", script], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    const [line] = await once(child.stdout, "data");
    const { data, port }: { data: string; port: number } = JSON.parse(String(line));
    child.kill("SIGKILL");
    await once(child, "close");
    const reachable = async (): Promise<boolean> => {
      const client = new pg.Client({ host: "127.0.0.1", port, user: "postgres", password: "any" });
      client.on("error", () => undefined);
      const error = await client.connect().catch((cause: unknown) => cause);
      return !String(error).includes("ECONNREFUSED");
    };
    await expect.poll(reachable, { timeout: 20_000 }).toBe(false);
    const exists = () =>
      access(data).then(
        () => true,
        () => false,
      );
    await expect.poll(exists, { timeout: 20_000 }).toBe(false);
  });
});
