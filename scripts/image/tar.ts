import { createReadStream } from "node:fs";
import { stat } from "node:fs/promises";
import { ImageError } from "./image-error.ts";

/** One entry of a layer or archive. Paths are relative, `/` between parts, no leading slash. */
export type TarEntry = { readonly path: string; readonly mode?: number; readonly owner?: Owner } & (
  | { readonly kind: "directory" }
  | { readonly kind: "file"; readonly content: Buffer | string }
  /** A file of this host, read while the archive is written. */
  | { readonly kind: "copy"; readonly from: string }
  | { readonly kind: "symlink"; readonly target: string }
);

export interface Owner {
  readonly uid: number;
  readonly gid: number;
}

const BLOCK = 512;
const ROOT: Owner = { uid: 0, gid: 0 };
/** Type flags of POSIX ustar. */
const TYPES = { directory: "5", file: "0", copy: "0", symlink: "2" } as const;
const MODES = { directory: 0o755, file: 0o644, copy: 0o644, symlink: 0o777 } as const;

/**
 * The bytes of a tar archive (POSIX ustar). The same entries give the same bytes: sorted by path, every time
 * is zero, owners are numbers, and nothing of the host but the files' content gets in.
 * @throws ImageError for two entries of one path, or a path that ustar cannot hold.
 */
export async function* tar(entries: readonly TarEntry[]): AsyncGenerator<Buffer> {
  const sorted = [...withParents(entries)].sort((a, b) => (a.path < b.path ? -1 : 1));
  for (const entry of sorted) {
    const size = await contentSize(entry);
    yield header(entry, size);
    if (entry.kind === "file") yield Buffer.from(entry.content);
    if (entry.kind === "copy") yield* createReadStream(entry.from, { highWaterMark: 1 << 20 });
    if (size % BLOCK !== 0) yield Buffer.alloc(BLOCK - (size % BLOCK));
  }
  yield Buffer.alloc(2 * BLOCK);
}

/** Adds the directories that the entries live in, unless they are entries themselves. */
function withParents(entries: readonly TarEntry[]): Iterable<TarEntry> {
  const all = new Map<string, TarEntry>();
  for (const entry of entries) {
    if (all.has(entry.path)) throw new ImageError(`Two entries for ${entry.path}.`);
    all.set(entry.path, entry);
  }
  for (const { path } of entries) {
    const parts = path.split("/");
    for (let depth = 1; depth < parts.length; depth++) {
      const parent = parts.slice(0, depth).join("/");
      if (!all.has(parent)) all.set(parent, { kind: "directory", path: parent });
    }
  }
  return all.values();
}

async function contentSize(entry: TarEntry): Promise<number> {
  if (entry.kind === "file") return Buffer.byteLength(entry.content);
  return entry.kind === "copy" ? (await stat(entry.from)).size : 0;
}

function header(entry: TarEntry, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  const text = (value: string, offset: number, length: number): void => {
    if (Buffer.byteLength(value) > length) {
      throw new ImageError(`${entry.path}: "${value}" is longer than the ${length} bytes tar has for it.`);
    }
    block.write(value, offset, "utf8");
  };
  const octal = (value: number, offset: number, length: number): void =>
    text(value.toString(8).padStart(length - 1, "0"), offset, length - 1);

  const { prefix, name } = splitPath(entry.kind === "directory" ? `${entry.path}/` : entry.path);
  const owner = entry.owner ?? ROOT;
  text(name, 0, 100);
  octal(entry.mode ?? MODES[entry.kind], 100, 8);
  octal(owner.uid, 108, 8);
  octal(owner.gid, 116, 8);
  octal(size, 124, 12);
  octal(0, 136, 12);
  text(TYPES[entry.kind], 156, 1);
  if (entry.kind === "symlink") text(entry.target, 157, 100);
  text("ustar\x0000", 257, 8);
  text(prefix, 345, 155);

  // The checksum counts its own field as spaces.
  block.fill(" ", 148, 156);
  const sum = block.reduce((total, byte) => total + byte, 0);
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
  return block;
}

/** A path of more than 100 bytes is split at a slash into ustar's prefix and name. */
function splitPath(path: string): { readonly prefix: string; readonly name: string } {
  if (Buffer.byteLength(path) <= 100) return { prefix: "", name: path };
  const cut = path.indexOf("/", path.length - 101);
  return cut > 0 ? { prefix: path.slice(0, cut), name: path.slice(cut + 1) } : { prefix: "", name: path };
}
