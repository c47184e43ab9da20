import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ImageError } from "./image-error.ts";
import type { TarEntry } from "./tar.ts";

/**
 * The shared libraries a program of this host is linked with, and its loader, at the paths where it looks for
 * them; none for a static one. Whatever links a distribution has on the way are followed: the image holds plain
 * files.
 */
export async function sharedLibraries(program: string): Promise<readonly TarEntry[]> {
  const ldd = promisify(execFile)("ldd", [program]);
  const { stdout } = await ldd.catch((cause: NodeJS.ErrnoException & { readonly stderr?: string }) => {
    if (cause.stderr?.includes("not a dynamic executable")) return { stdout: "" };
    throw new ImageError(`ldd cannot tell which libraries ${program} needs.`, { cause });
  });
  const missing = /^\s*(\S+) => not found$/m.exec(stdout)?.[1];
  if (missing) throw new ImageError(`${program} needs ${missing}, which this host does not have.`);
  const paths = [...stdout.matchAll(/(?:=> |^\s+)(?<path>\/\S+) \(0x/gm)].flatMap(
    (match) => match.groups?.["path"] ?? [],
  );
  return [...new Set(paths)].map((path) => ({ kind: "copy", path: path.slice(1), from: path, mode: 0o755 }));
}
