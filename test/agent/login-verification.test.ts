import { describe, expect, test } from "vitest";
import { slotRequestOf, verifyReading } from "../../src/agent/login-verification.ts";
import { createSecretStore } from "../../src/agent/secret-store.ts";
import type { AgentConfig, AgentPostgres } from "../../src/engines/native/agent-config.ts";
import type { Dependency } from "../../src/templates/index.ts";
import { authenticationOk, ready, refusal, startPostgresDouble } from "../postgres/server-double.ts";

const PATH = "database/creds/app";
const DEPENDENCY: Dependency = { kind: "secret", key: `read ${PATH}`, path: PATH };

function directory(name: string, changes: Partial<AgentPostgres> = {}): AgentPostgres {
  return {
    name,
    path: PATH,
    directory: `/secrets/${name}`,
    url: "postgresql://127.0.0.1:1/app",
    verify: true,
    verifyFailure: "keep",
    ...changes,
  };
}

function configOf(...postgres: readonly AgentPostgres[]): AgentConfig {
  return { postgres } as Partial<AgentConfig> as AgentConfig;
}

describe("how a new login is checked", () => {
  const { url: _url, ...withoutUrl } = directory("none");
  test.each([
    ["its directory says so", [directory("a")], "keep"],
    [
      "its directory wants it published all the same",
      [directory("a", { verifyFailure: "publish" })],
      "publish",
    ],
    [
      "of two directories one is strict",
      [directory("a", { verifyFailure: "publish" }), directory("b")],
      "keep",
    ],
    ["no check is wanted", [directory("a", { verify: false })], undefined],
    ["no URL is known", [withoutUrl], undefined],
    ["the directory is of another path", [directory("a", { path: "database/creds/other" })], undefined],
    ["its path is written with slashes around it", [directory("a", { path: `/${PATH}/` })], "keep"],
  ] as const)("where %s", (_what, postgres, verify) => {
    expect(slotRequestOf(configOf(...postgres), DEPENDENCY)).toEqual({ key: DEPENDENCY.key, verify });
  });
});

/** Tries a login against these directories. */
async function verify(postgres: readonly AgentPostgres[], data: object = { username: "u", password: "p" }) {
  const store = createSecretStore();
  const errors: unknown[] = [];
  const answer = {
    status: 200,
    requestId: "r",
    leaseId: "l",
    leaseDurationSeconds: 60,
    renewable: true,
    data: JSON.parse(JSON.stringify(data)),
    auth: null,
    wrapToken: null,
    warnings: [],
    body: "",
  };
  store.readings.set(7, { dependency: DEPENDENCY, answer, value: undefined });
  const event = await verifyReading(
    {
      config: configOf(...postgres),
      store,
      applicationName: "shop/app-0",
      failed: (_action, error) => errors.push(error),
    },
    { kind: "verify", key: DEPENDENCY.key, serial: 7 },
  );
  return { event, errors };
}

describe("a login that is tried", () => {
  const passed = { kind: "verified", key: DEPENDENCY.key, serial: 7 };

  test("passes when every PostgreSQL that will show it takes it", async () => {
    await using one = await startPostgresDouble({ greeting: () => [authenticationOk, ready] });
    await using other = await startPostgresDouble({ greeting: () => [authenticationOk, ready] });
    const urls = [one, other].map(({ port }) => `postgresql://127.0.0.1:${port}/app?sslmode=disable`);
    const { event } = await verify(urls.map((url, index) => directory(`db-${index}`, { url })));
    expect(event).toEqual(passed);
    expect([one.connections(), other.connections()]).toEqual([1, 1]);
  });

  test("is rejected when one of them refuses it, in PostgreSQL's own words", async () => {
    await using server = await startPostgresDouble({ greeting: () => [refusal("28P01", "no such login")] });
    const url = `postgresql://127.0.0.1:${server.port}/app?sslmode=disable`;
    const { event, errors } = await verify([directory("db", { url })]);
    expect(event).toMatchObject({ kind: "verification-failed", cause: "rejected" });
    expect(String(errors[0])).toContain("postgres-db");
    expect(String(errors[0])).toContain("no such login (SQLSTATE 28P01)");
  });

  test("says nothing about itself when PostgreSQL cannot be reached", async () => {
    const { event, errors } = await verify([directory("db", { url: "postgresql://127.0.0.1:1/app" })]);
    expect(event).toMatchObject({ kind: "verification-failed", cause: "unreachable" });
    expect(String(errors[0])).toMatch(
      /PostgreSQL cannot be asked about the new login of postgres-db: .*ECONNREFUSED.*\. Check its URL, and/,
    );
  });

  test("is published untried, with the reason, where no CA is known", async () => {
    const { event } = await verify([directory("db", { url: "postgresql://db/app?sslmode=verify-full" })]);
    expect(event).toEqual({
      ...passed,
      untried: "db: sslmode=verify-full needs sslrootcert: a CA file, or system",
    });
  });

  test("is no login at all: rendering will say so", async () => {
    expect((await verify([directory("db")], { answer: "42" })).event).toEqual(passed);
  });
});
