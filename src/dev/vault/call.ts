import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import type { Lease } from "./leases.ts";
import type { Token } from "./tokens.ts";

export type Operation = "read" | "list" | "update" | "delete" | "patch";

/** One request, as a backend sees it. */
export interface Call {
  readonly operation: Operation;
  /** Below the mount, without a leading slash. */
  readonly path: string;
  /** The whole path, without `/v1/`. */
  readonly fullPath: string;
  readonly body: JsonObject;
  readonly query: URLSearchParams;
  /** For how long the answer shall be kept under a one-time token; 0: it shall not. */
  readonly wrapTtlSeconds: number;
  /** Who calls; undefined on paths that need no token. */
  readonly token: Token | undefined;
}

/** What the caller is told of a response-wrapping token. */
export interface WrapInfo {
  readonly token: string;
  readonly accessor: string;
  readonly ttl: number;
  readonly creation_time: string;
  readonly creation_path: string;
  readonly wrapped_accessor?: string;
}

/** What a backend answers; the server puts it into Vault's envelope. */
export interface Answer {
  /** Default 200. */
  readonly status?: number;
  readonly data?: JsonObject;
  /** A token that was made or renewed. */
  readonly auth?: Token;
  /** A lease that was made or renewed. */
  readonly lease?: Lease;
  /** `lease_duration` of an answer that has no lease, in seconds. */
  readonly leaseSeconds?: number;
  readonly warnings?: readonly string[];
  readonly wrapInfo?: WrapInfo;
  /** Accessor of what is in the answer, told when it is wrapped. */
  readonly wrappedAccessor?: string;
  /** Many of `sys/`'s answers carry their data at the top level as well. */
  readonly alsoAtTop?: boolean;
  /** The whole body, without an envelope. */
  readonly bare?: JsonObject;
}

/** Nothing: 204 to a write, 404 to a read or list. */
export type MaybeAnswer = Answer | undefined;

/** A secrets engine or auth method, mounted somewhere. */
export interface Backend {
  handle(call: Call): MaybeAnswer | Promise<MaybeAnswer>;
  /** Whether a write would change something that is there: `update`; else `create`. Absent: `update`. */
  exists?(call: Call): boolean;
  /** Paths, below the mount, that need no token. */
  isOpen?(path: string): boolean;
  /** Ends what it holds open. */
  close?(): Promise<void>;
}

/** A string field; absent and null are `""`. */
export function text(value: JsonValue | undefined): string {
  if (typeof value === "string") return value;
  return typeof value === "number" || typeof value === "boolean" ? String(value) : "";
}

/** A list of strings: an array, or one string with commas. */
export function list(value: JsonValue | undefined): readonly string[] {
  if (Array.isArray(value)) return value.map(text);
  return text(value)
    .split(",")
    .map((entry) => entry.trim())
    .filter((entry) => entry !== "");
}

/** An object field; anything else is empty. */
export function object(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

/** The answer to a list; undefined, hence 404, when there is nothing. */
export function keys(names: Iterable<string>): MaybeAnswer {
  const sorted = [...new Set(names)].sort();
  return sorted.length === 0 ? undefined : { data: { keys: sorted } };
}

/** The next path segment of every name under `prefix`; deeper ones end in a slash. */
export function children(names: Iterable<string>, prefix: string): readonly string[] {
  const found = new Set<string>();
  for (const name of names) {
    if (!name.startsWith(prefix)) continue;
    const rest = name.slice(prefix.length);
    const slash = rest.indexOf("/");
    found.add(slash === -1 ? rest : rest.slice(0, slash + 1));
  }
  return [...found];
}
