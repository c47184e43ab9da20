import type { Dependency } from "../dependency.ts";
import type { RenderLimits } from "../limits.ts";
import type { HostNetwork } from "../network/host-network.ts";
import type { Value } from "../values/value.ts";

/** What `writeToFile` wants written. */
export interface FileWrite {
  readonly path: string;
  readonly content: Uint8Array;
  readonly append: boolean;
  /** Permission bits. */
  readonly mode: number;
  /** User name or number; `""`: the process's own. */
  readonly user: string;
  /** Group name or number; `""`: the process's own. */
  readonly group: string;
}

/** Everything of the world that a template can see. Rendering touches nothing else. */
export interface RenderContext {
  /**
   * The value of something in Vault, decoded by `fetchDependency`; undefined: not read yet. A rendering goes
   * on without it, so that one pass names all that has to be read.
   */
  readonly lookup: (dependency: Dependency) => Value | undefined;
  /** The value of an environment variable that templates may see; undefined: it is not set. */
  readonly environment: (name: string) => string | undefined;
  /**
   * The content of a file. The engine hands the path on as the template gave it: which directories are
   * allowed, symbolic links included, is for the caller to decide. @throws any error, whose message is shown.
   */
  readonly readFile: (path: string) => Uint8Array;
  readonly now: () => Date;
  /** That many random bytes, for keys and identifiers. */
  readonly randomBytes: (count: number) => Uint8Array;
  /** What `writeToFile` does; absent: the function is disabled. @throws any error, whose message is shown. */
  readonly writeFile?: (write: FileWrite) => void;
  /**
   * What `plugin` does: runs a program and returns what it writes; absent: the function is disabled. Which
   * programs are allowed is for the caller to decide. @throws any error, whose message is shown.
   */
  readonly runProgram?: (file: string, args: readonly string[]) => Uint8Array;
  /** The network that `sockaddr` tells of; absent: the host's. */
  readonly network?: () => HostNetwork;
  readonly limits?: Partial<RenderLimits>;
}

/** What one pass over a template made. */
export interface RenderResult {
  /** The rendered text; bytes that are not UTF-8 are replaced, see {@link RenderResult.bytes}. */
  readonly output: string;
  /** The rendered file, byte for byte. */
  readonly bytes: Uint8Array;
  /** What has to be read before the output is the template's: it is complete when this is empty. */
  readonly missing: readonly Dependency[];
  /** Everything the template asked for, in the order it did. */
  readonly used: readonly Dependency[];
}
