import type { FileWrite } from "./render/context.ts";

/** A file as it will be. */
export interface WrittenFile {
  readonly path: string;
  readonly content: Uint8Array;
  /** Permission bits. */
  readonly mode: number;
}

interface Pending {
  readonly parts: Uint8Array[];
  /** Nothing that the file held before is left. */
  isNew: boolean;
  mode: number;
}

/** What one rendering writes beside its output, before anything of it is written. */
export class WrittenFiles {
  /** In the order in which they were asked for. */
  readonly writes: FileWrite[] = [];
  readonly #pending = new Map<string, Pending>();
  readonly #before: (path: string) => Uint8Array;

  /** @param before what a file holds that is appended to and not written anew */
  constructor(before: (path: string) => Uint8Array) {
    this.#before = before;
  }

  add(write: FileWrite): void {
    this.writes.push(write);
    const { path, content, append, mode } = write;
    const file = this.#pending.get(path) ?? { parts: [], isNew: false, mode };
    if (!append) {
      file.parts.length = 0;
      file.isNew = true;
    }
    file.parts.push(content);
    file.mode = mode;
    this.#pending.set(path, file);
  }

  /** What a file will hold; undefined: nothing is written to it. */
  contentOf(path: string): Uint8Array | undefined {
    const file = this.#pending.get(path);
    return file && this.#whole(path, file);
  }

  /** Every file, in the order in which they were first written to. */
  get files(): readonly WrittenFile[] {
    return Array.from(this.#pending, ([path, file]) => ({
      path,
      content: this.#whole(path, file),
      mode: file.mode,
    }));
  }

  #whole(path: string, { parts, isNew }: Pending): Uint8Array {
    return Buffer.concat(isNew ? parts : [this.#before(path), ...parts]);
  }
}
