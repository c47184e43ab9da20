import { readdir, stat } from "node:fs/promises";
import { join } from "node:path";
import { findProgram } from "../../../scripts/cluster/prerequisites.ts";
import { busyboxLayer } from "../../../scripts/image/busybox.ts";
import { type Image, type ImageConfig, writeOciArchive } from "../../../scripts/image/oci-archive.ts";
import { sharedLibraries } from "../../../scripts/image/shared-libraries.ts";
import type { TarEntry } from "../../../scripts/image/tar.ts";

/** Images that only tests use; none is ever published. */
export const TEST_IMAGES = {
  /** busybox: the app that does not need more than a shell. */
  shell: "keycard.local/shell:1",
  /** busybox and PostgreSQL's own client. */
  psql: "keycard.local/psql:1",
  /** HashiCorp's Vault as `vault agent`, for engine vault-agent. */
  vault: "keycard.local/vault:1",
} as const;

const ARCHITECTURE: ImageConfig["architecture"] = process.arch === "arm64" ? "arm64" : "amd64";

/** What the images are made of, as found on this host. */
export interface ImageParts {
  readonly busybox: string;
  readonly psql: string;
  readonly vault: string;
}

/** Debian keeps the program itself apart from the script on PATH that chooses a version. */
export async function findPsql(): Promise<string | undefined> {
  const root = "/usr/lib/postgresql";
  const versions = await readdir(root).catch((): string[] => []);
  for (const version of versions.sort((a, b) => Number(b) - Number(a))) {
    const path = join(root, version, "bin", "psql");
    if (await stat(path).catch(() => undefined)) return path;
  }
  return undefined;
}

export async function findBusybox(env: NodeJS.ProcessEnv): Promise<string | undefined> {
  return findProgram("busybox", env);
}

/** Writes the archives of all test images below a directory. @returns their files. */
export async function writeTestImages(directory: string, parts: ImageParts): Promise<readonly string[]> {
  const shell = await busyboxLayer(parts.busybox);
  const images: Readonly<Record<string, Image>> = {
    shell: image(TEST_IMAGES.shell, [shell]),
    psql: image(TEST_IMAGES.psql, [
      shell,
      {
        comment: "psql",
        entries: [program("usr/bin/psql", parts.psql), ...(await sharedLibraries(parts.psql))],
      },
    ]),
    vault: image(TEST_IMAGES.vault, [
      shell,
      {
        comment: "vault",
        entries: [
          program("bin/vault", parts.vault),
          ...(await sharedLibraries(parts.vault)),
          { kind: "directory", path: "home/vault", mode: 0o777 },
          { kind: "directory", path: "vault", mode: 0o777 },
        ],
      },
    ]),
  };
  const files: string[] = [];
  for (const [name, content] of Object.entries(images)) {
    const file = join(directory, `${name}.tar`);
    await writeOciArchive(file, content, { compression: 1 });
    files.push(file);
  }
  return files;
}

function image(name: string, layers: Image["layers"]): Image {
  return {
    name,
    layers,
    config: {
      architecture: ARCHITECTURE,
      entrypoint: [],
      command: ["/bin/sh"],
      user: "65534:65534",
    },
  };
}

function program(path: string, from: string): TarEntry {
  return { kind: "copy", path, from, mode: 0o755 };
}
