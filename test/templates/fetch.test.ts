import { describe, expect, test } from "vitest";
import {
  certificateDependency,
  type Dependency,
  type FetchRequest,
  type FetchResponse,
  fetchDependency,
  listDependency,
  NoSecretError,
  secretDependency,
} from "../../src/templates/index.ts";

class Refusal extends Error {
  readonly status: number;

  constructor(status: number) {
    super(`status ${status}`);
    this.status = status;
  }
}

type Answers = Readonly<Record<string, object | number | undefined>>;

/** A Vault of fixed answers by method and path; a number refuses with that status. */
function vaultOf(answers: Answers) {
  const requests: FetchRequest[] = [];
  const send = async (request: FetchRequest): Promise<FetchResponse> => {
    requests.push(request);
    const answer = answers[`${request.method} ${request.path}`];
    if (answer === undefined) throw new Refusal(404);
    if (typeof answer === "number") throw new Refusal(answer);
    const body = Object.keys(answer).length === 0 ? "" : JSON.stringify({ data: answer });
    return { status: 200, data: answer as FetchResponse["data"], body };
  };
  const sent = () => requests.map(({ method, path }) => `${method} ${path}`);
  return { send, requests, sent };
}

const mount = (path: string, version: string) => ({ path, type: "kv", options: { version } });

describe("where a dependency is read", () => {
  test.each<[string, Dependency, object, string]>([
    [
      "a path outside key-value engines",
      secretDependency("database/creds/app", []),
      { path: "database/", type: "database", options: null },
      "GET database/creds/app",
    ],
    ["version 1", secretDependency("kv/app", []), mount("kv/", "1"), "GET kv/app"],
    ["version 2", secretDependency("kv/app", []), mount("kv/", "2"), "GET kv/data/app"],
    [
      "version 2, already with data/",
      secretDependency("kv/data/app", []),
      mount("kv/", "2"),
      "GET kv/data/app",
    ],
    [
      "version 2, metadata",
      secretDependency("kv/metadata/app", []),
      mount("kv/", "2"),
      "GET kv/metadata/app",
    ],
    [
      "version 2, a nested mount",
      secretDependency("team/kv/app/db", []),
      mount("team/kv/", "2"),
      "GET team/kv/data/app/db",
    ],
    ["version 2, a list", listDependency("kv/"), mount("kv/", "2"), "LIST kv/metadata"],
    ["version 2, a list below", listDependency("kv/team"), mount("kv/", "2"), "LIST kv/metadata/team"],
    ["version 1, a list", listDependency("kv/team"), mount("kv/", "1"), "LIST kv/team"],
    ["version 2, a write", secretDependency("kv/app", ["a=b"]), mount("kv/", "2"), "PUT kv/data/app"],
  ])("%s", async (_, dependency, mounted, request) => {
    const vault = vaultOf({
      [`GET sys/internal/ui/mounts/${dependency.path}`]: mounted,
      [request]: { keys: ["x"] },
    });
    await fetchDependency(dependency, vault.send);
    expect(vault.sent()).toEqual([`GET sys/internal/ui/mounts/${dependency.path}`, request]);
  });

  test.each([429, 500, 503, 0])(
    "a Vault that answers %i when asked for the mount has not told it",
    async (status) => {
      const vault = vaultOf({ "GET sys/internal/ui/mounts/kv/app": status, "GET kv/app": { a: "b" } });
      await expect(fetchDependency(secretDependency("kv/app", []), vault.send)).rejects.toThrow();
      expect(vault.sent()).not.toContain("GET kv/app");
    },
  );

  test.each([403, 404])(
    "a Vault that answers %i when asked for the mount is asked for the path as it is",
    async (status) => {
      const vault = vaultOf({ "GET sys/internal/ui/mounts/kv/app": status, "GET kv/app": { a: "b" } });
      await fetchDependency(secretDependency("kv/app", []), vault.send);
      expect(vault.sent()).toContain("GET kv/app");
    },
  );

  test("a Vault that cannot be reached is not taken for an old one", async () => {
    const send = () => Promise.reject(new Error("connect ECONNREFUSED"));
    await expect(fetchDependency(secretDependency("kv/app", []), send)).rejects.toThrow("ECONNREFUSED");
  });

  test("a version goes along as a query", async () => {
    const vault = vaultOf({
      "GET sys/internal/ui/mounts/kv/app": mount("kv/", "2"),
      "GET kv/data/app": { data: {} },
    });
    await fetchDependency(secretDependency("kv/app?version=3", []), vault.send);
    expect(vault.requests[1]?.query).toEqual({ version: "3" });
  });

  test("parameters are the body of a write, wrapped for version 2", async () => {
    const answers = {
      "PUT transit/hash": { sum: "x" },
      "GET sys/internal/ui/mounts/kv/a": mount("kv/", "2"),
      "PUT kv/data/a": {},
    };
    const vault = vaultOf(answers);
    await fetchDependency(secretDependency("transit/hash", [" input = a=b ", ""]), vault.send);
    await fetchDependency(secretDependency("kv/a", ["x=y"]), vault.send);
    expect(vault.requests.map(({ body }) => body).filter(Boolean)).toEqual([
      { input: "a=b" },
      { data: { x: "y" } },
    ]);
  });
});

describe("what is not there", () => {
  test("a secret is an error that names the path it was looked for at", async () => {
    const vault = vaultOf({ "GET sys/internal/ui/mounts/kv/app": mount("kv/", "2") });
    const failure = fetchDependency(secretDependency("kv/app", []), vault.send);
    await expect(failure).rejects.toThrow(NoSecretError);
    await expect(failure).rejects.toThrow("no secret exists at kv/data/app");
  });

  test("a mount is what Vault says of it", async () => {
    const refusal = Object.assign(new Refusal(404), { errors: ['no handler for route "kv/app"'] });
    const send = () => Promise.reject(refusal);
    await expect(fetchDependency(secretDependency("kv/app", []), send)).rejects.toBe(refusal);
  });

  test("a version that is deleted is no secret, one that will be is", async () => {
    const deleted = (time: string) =>
      fetchDependency(
        secretDependency("kv/data/app", []),
        vaultOf({ "GET kv/data/app": { data: null, metadata: { deletion_time: time } } }).send,
        { now: () => Date.parse("2026-01-01T00:00:00Z") },
      );
    await expect(deleted("2025-12-31T00:00:00Z")).rejects.toThrow(NoSecretError);
    await expect(deleted("2026-12-31T00:00:00Z")).resolves.toBeDefined();
    await expect(deleted("")).resolves.toBeDefined();
  });

  test("a list is empty", async () => {
    const { response } = await fetchDependency(listDependency("kv/nothing"), vaultOf({}).send);
    expect(response).toBeUndefined();
  });

  test("a refusal is handed on", async () => {
    const vault = vaultOf({ "GET kv/app": 403 });
    await expect(fetchDependency(secretDependency("kv/app", []), vault.send)).rejects.toMatchObject({
      status: 403,
    });
  });
});

describe("keys of dependencies", () => {
  test("are the same for the same read, however it is written", () => {
    expect(secretDependency(" /kv/app/ ", []).key).toBe(secretDependency("kv/app", []).key);
  });

  test("differ between reads, writes, lists and certificates of one path", () => {
    const keys = [
      secretDependency("a", []),
      secretDependency("a", [""]),
      secretDependency("a", ["x=1"]),
      secretDependency("a", ["x=2"]),
      listDependency("a"),
      certificateDependency("a", []),
    ].map(({ key }) => key);
    expect(new Set(keys).size).toBe(keys.length);
  });

  test("do not depend on the order of parameters, and do not show them", () => {
    const { key } = secretDependency("a", ["x=secret-value", "y=2"]);
    expect(key).toBe(secretDependency("a", ["y=2", "x=secret-value"]).key);
    expect(key).not.toContain("secret-value");
  });
});
