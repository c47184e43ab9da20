import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type CertifiedKey, createAuthority, issueServingCertificate } from "../../src/certs/authority.ts";
import { checkLogin } from "../../src/postgres/login-check.ts";
import { startPostgresDouble } from "../postgres/server-double.ts";
import { clientOf, failureOf, startHttpDouble } from "./doubles.ts";

// A process reads the system's roots once: these tests have a file, and with it a process, of their own.

let directory: string;
let leaf: CertifiedKey;
let stranger: CertifiedKey;

beforeAll(async () => {
  const now = new Date();
  const made = { now, lifetimeDays: 1 };
  const [authority, unknown] = await Promise.all([createAuthority(made), createAuthority(made)]);
  [leaf, stranger] = await Promise.all([
    issueServingCertificate(authority, { ...made, hosts: ["127.0.0.1"] }),
    issueServingCertificate(unknown, { ...made, hosts: ["127.0.0.1"] }),
  ]);
  directory = await mkdtemp(join(tmpdir(), "keycard-system-roots-"));
  const file = join(directory, "roots.crt");
  await writeFile(file, authority.certificate);
  // By this variable OpenSSL, and Go programs too, find the system's roots.
  vi.stubEnv("SSL_CERT_FILE", file);
}, 60_000);

afterAll(() => rm(directory, { recursive: true }));

function serverTls({ certificate, privateKey }: CertifiedKey): { cert: string; key: string } {
  return { cert: certificate, key: privateKey };
}

test("a Vault with a CA of the system is trusted when no CA is configured", async () => {
  await using vault = await startHttpDouble(() => ({}), { tls: serverTls(leaf) });
  using client = clientOf(vault.address);
  expect((await client.send({ method: "GET", path: "sys/health" })).status).toBe(200);
  expect((await client.send({ method: "GET", path: "sys/health" })).status).toBe(200);
  expect(vault.connections()).toBe(2);
});

test("a Vault with any other CA is not", async () => {
  await using vault = await startHttpDouble(() => ({}), { tls: serverTls(stranger) });
  using client = clientOf(vault.address);
  expect((await failureOf(client.send({ method: "GET", path: "x" }))).kind).toBe("tls");
});

test.each([
  ["is what sslrootcert=system asks for", () => leaf, "ok"],
  ["is the only one it trusts", () => stranger, "tls"],
])("a PostgreSQL with a CA of the system %s", async (_what, served, kind) => {
  await using server = await startPostgresDouble({ certificate: serverTls(served()) });
  const url = `postgresql://127.0.0.1:${server.port}/app?sslmode=verify-full&sslrootcert=system`;
  const login = { username: "app", password: "x" };
  expect(await checkLogin({ name: "db", url }, login, { timeoutSeconds: 5 })).toMatchObject({ kind });
});
