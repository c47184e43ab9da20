import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createAuthority, issueServingCertificate } from "../../src/certs/authority.ts";
import { type DevelopmentPostgres, startPostgres } from "../../src/dev/postgres.ts";
import { postgresFiles } from "../../src/postgres/formats.ts";
import { checkLogin, type LoginCheck } from "../../src/postgres/login-check.ts";

const HOSTILE = "p w:\\'\"$`é%/@#?&=+!*()|{}<>;~😀";

let postgres: DevelopmentPostgres;
let directory: string;
let caFile: string;
let otherCaFile: string;

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "keycard-login-check-"));
  caFile = join(directory, "ca.crt");
  otherCaFile = join(directory, "other.crt");
  const now = new Date();
  const authority = await createAuthority({ now, lifetimeDays: 1 });
  const leaf = await issueServingCertificate(authority, { now, lifetimeDays: 1, hosts: ["localhost"] });
  await writeFile(caFile, authority.certificate);
  await writeFile(otherCaFile, (await createAuthority({ now, lifetimeDays: 1 })).certificate);
  postgres = await startPostgres({ tls: { certificate: leaf.certificate, key: leaf.privateKey } });
  const literal = pg.escapeLiteral(HOSTILE);
  for (const statement of [
    "CREATE ROLE plain LOGIN PASSWORD 'right'",
    `CREATE ROLE "hostile'é:x" LOGIN PASSWORD ${literal}`,
    "CREATE ROLE expired LOGIN PASSWORD 'right' VALID UNTIL '2020-01-01'",
    "CREATE ROLE nobody_yet NOLOGIN PASSWORD 'right'",
    "CREATE ROLE crowded LOGIN PASSWORD 'right' CONNECTION LIMIT 0",
    "CREATE DATABASE closed",
    "REVOKE CONNECT ON DATABASE closed FROM PUBLIC",
  ]) {
    await postgres.query(statement);
  }
});

afterAll(async () => {
  await postgres.stop();
  await rm(directory, { recursive: true });
});

function check(
  username: string,
  password: string,
  query: string,
  { host = "localhost", database = "app" }: { host?: string; database?: string } = {},
): Promise<LoginCheck> {
  const url = `postgresql://${host}:${postgres.port}/${database}${query}`;
  return checkLogin({ name: "db", url }, { username, password }, { timeoutSeconds: 10 });
}

describe("a real PostgreSQL", () => {
  test.each([
    ["without TLS", "?sslmode=disable"],
    ["with TLS if there is", ""],
    ["with TLS", "?sslmode=require"],
    ["with TLS from the first byte on", "?sslmode=require&sslnegotiation=direct"],
    ["bound to the TLS session", "?sslmode=require&channel_binding=require"],
    ["not bound to it", "?sslmode=require&channel_binding=disable"],
    ["as its primary", "?target_session_attrs=primary"],
    ["for reading and writing", "?target_session_attrs=read-write"],
  ])("takes the login %s", async (_what, query) => {
    expect(await check("plain", "right", query)).toEqual({ kind: "ok", host: "localhost" });
  });

  test("verifies as the URL says", async () => {
    const verified = `?sslmode=verify-full&sslrootcert=${encodeURIComponent(caFile)}`;
    expect(await check("plain", "right", verified)).toEqual({ kind: "ok", host: "localhost" });
    expect(await check("plain", "right", verified, { host: "127.0.0.1" })).toMatchObject({
      kind: "tls",
      reason: expect.stringContaining("127.0.0.1"),
    });
    const anyHost = verified.replace("verify-full", "verify-ca");
    expect(await check("plain", "right", anyHost, { host: "127.0.0.1" })).toMatchObject({ kind: "ok" });
  });

  test.each(["verify-full", "verify-ca", "require"])("with %s trusts no other CA", async (mode) => {
    const query = `?sslmode=${mode}&sslrootcert=${encodeURIComponent(otherCaFile)}`;
    expect(await check("plain", "right", query)).toMatchObject({ kind: "tls" });
  });

  test("is not trusted for the system's CAs", async () => {
    const query = "?sslmode=verify-full&sslrootcert=system";
    expect(await check("plain", "right", query)).toMatchObject({ kind: "tls" });
  });

  test("a CA that the agent cannot read makes the check impossible", async () => {
    const query = "?sslmode=verify-full&sslrootcert=/only/in/the/app.crt";
    expect(await check("plain", "right", query)).toMatchObject({ kind: "impossible" });
  });

  test.each([
    ["a wrong password", "plain", "wrong", "28P01"],
    ["a role that is not there (yet)", "v-lagging", "right", "28P01"],
    ["a role past its VALID UNTIL", "expired", "right", "28P01"],
    ["a role without LOGIN", "nobody_yet", "right", "28000"],
  ])("refuses %s", async (_what, username, password, sqlstate) => {
    expect(await check(username, password, "?sslmode=require")).toMatchObject({ kind: "refused", sqlstate });
  });

  test.each([
    ["missing", "3D000"],
    ["closed", "42501"],
  ])("refuses a database that is %s", async (database, sqlstate) => {
    expect(await check("plain", "right", "", { database })).toMatchObject({ kind: "refused", sqlstate });
  });

  test("that is full takes nobody now", async () => {
    expect(await check("crowded", "right", "")).toMatchObject({ kind: "unavailable", sqlstate: "53300" });
  });

  test("is left without a connection after the check", async () => {
    await check("plain", "right", "");
    const left = async (): Promise<number> =>
      (await postgres.query("SELECT 1 FROM pg_stat_activity WHERE usename = 'plain'")).length;
    await expect.poll(left).toBe(0);
  });

  test("takes the URL that is written for it, whatever the characters", async () => {
    const login = { username: "hostile'é:x", password: HOSTILE };
    const url = `postgresql://localhost:${postgres.port}/app?application_name=a%2Fb%20c`;
    expect(await checkLogin({ name: "db", url }, login, { timeoutSeconds: 10 })).toMatchObject({
      kind: "ok",
    });
    const client = new pg.Client({
      connectionString: postgresFiles(login, { name: "db", url }).get("url") ?? "",
    });
    await client.connect();
    const { rows } = await client.query(
      "SELECT current_user AS who, current_setting('application_name') AS name",
    );
    await client.end();
    expect(rows).toEqual([{ who: "hostile'é:x", name: "a/b c" }]);
  });
});
