import { toBytes } from "./bytes.ts";
import type { Dependency } from "./dependency.ts";
import { platformCrypto } from "./platform-crypto.ts";
import { certificateBundle } from "./values/certificate.ts";
import { decodeSecret, decodeSecretList, NO_SECRET, NO_SECRETS } from "./values/secret.ts";
import type { Value } from "./values/value.ts";

/** One request to Vault's HTTP API. */
export interface FetchRequest {
  readonly method: "GET" | "LIST" | "PUT";
  /** Without `/v1/`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  readonly body?: { readonly [key: string]: string | { readonly [key: string]: string } };
  readonly signal?: AbortSignal;
}

/** The part of Vault's answer that is used here. */
export interface FetchResponse {
  readonly status: number;
  /** Parsed, for looking at; values are decoded from `body`, which keeps the numbers' digits. */
  readonly data: { readonly [key: string]: unknown } | null;
  readonly body: string;
}

/** Sends one request. @throws when Vault refuses; an error with `status: 404` when there is nothing, and `errors` if Vault says more. */
export type Send<Response extends FetchResponse> = (request: FetchRequest) => Promise<Response>;

/** A dependency's value, and the answer it was made of, for its lease. */
export interface Fetched<Response extends FetchResponse> {
  readonly value: Value;
  /** Absent when Vault said that there is nothing to list. */
  readonly response: Response | undefined;
}

/** Vault has nothing at a path that a template reads. */
export class NoSecretError extends Error {
  readonly code = "KEYCARD_TEMPLATE_NO_SECRET";
  readonly path: string;

  constructor(path: string, options?: { readonly cause?: unknown }) {
    super(`no secret exists at ${path}; write it, or correct the path in the template`, options);
    this.name = "NoSecretError";
    this.path = path;
  }
}

const statusOf = (error: unknown): unknown =>
  typeof error === "object" && error !== null && "status" in error ? error.status : undefined;

/** Whether Vault has nothing at a path, and nothing to say about it either, such as that no engine is mounted there. */
function isNothing(error: unknown): boolean {
  if (statusOf(error) !== 404) return false;
  const said = typeof error === "object" && error !== null && "errors" in error ? error.errors : undefined;
  return !Array.isArray(said) || said.length === 0;
}

/** In a namespace Vault names a mount with the namespace before it; requests go without. */
function withoutNamespace(mount: string, path: string): string {
  for (let from = 0; from < mount.length; from = mount.indexOf("/", from) + 1) {
    if (`${path}/`.startsWith(mount.slice(from))) return mount.slice(from);
  }
  return mount;
}

/** The mount of a key-value engine of version 2 that a path lies in, with a trailing slash; else undefined. */
async function keyValueMount<Response extends FetchResponse>(
  path: string,
  send: Send<Response>,
  signal: AbortSignal | undefined,
): Promise<string | undefined> {
  let answer: Response;
  try {
    answer = await send({ method: "GET", path: `sys/internal/ui/mounts/${path}`, ...(signal && { signal }) });
  } catch (error) {
    signal?.throwIfAborted();
    // An old Vault, or a token that may not ask: the path is taken as it is. Anything else says nothing of the
    // mount, and a guess would read another path than the one that is meant.
    const status = statusOf(error);
    if (status === 403 || status === 404) return undefined;
    throw error;
  }
  const { path: mount, type, options } = answer.data ?? {};
  const version =
    typeof options === "object" && options !== null && "version" in options ? options.version : "";
  return type === "kv" && version === "2" && typeof mount === "string"
    ? withoutNamespace(mount, path)
    : undefined;
}

/** Joins the parts of a path with single slashes. */
const join = (...parts: readonly string[]): string =>
  parts
    .map((part) => part.replace(/^\/+|\/+$/g, ""))
    .filter((part) => part !== "")
    .join("/");

/** Where a key-value engine of version 2 keeps the data of a path. */
function dataPath(path: string, mount: string): string {
  const bare = mount.replace(/\/$/, "");
  if (path === bare) return join(bare, "data");
  const inside = path.startsWith(mount) ? path.slice(mount.length) : path;
  if (/^(?:data|metadata|subkeys)\//.test(inside)) return path;
  return join(bare, "data", inside);
}

/** Where a key-value engine of version 2 lists the names under a path. */
function metadataPath(path: string, mount: string): string {
  const bare = mount.replace(/\/$/, "");
  if (path.startsWith(join(bare, "metadata"))) return path;
  return join(bare, "metadata", path.startsWith(bare) ? path.slice(bare.length) : path);
}

/** A path and the query behind its question mark, e.g. `kv/app?version=2`. */
function splitQuery(path: string): { readonly path: string; readonly query: Record<string, string> } {
  const mark = path.indexOf("?");
  if (mark < 0) return { path, query: {} };
  return { path: path.slice(0, mark), query: Object.fromEntries(new URLSearchParams(path.slice(mark + 1))) };
}

/** Whether an answer is a version of a key-value secret that was deleted. */
function isDeleted(data: FetchResponse["data"], now: number): boolean {
  const metadata = data?.["metadata"];
  if (typeof metadata !== "object" || metadata === null || !("deletion_time" in metadata)) return false;
  return typeof metadata.deletion_time === "string" && Date.parse(metadata.deletion_time) < now;
}

/**
 * Reads (or writes, or lists) one dependency in Vault the way Vault Agent does: for key-value engines of
 * version 2 `data/` or `metadata/` is put behind the mount, a secret with parameters is a write.
 * @throws NoSecretError where Vault has nothing; whatever `send` throws.
 */
export async function fetchDependency<Response extends FetchResponse>(
  dependency: Dependency,
  send: Send<Response>,
  options: { readonly signal?: AbortSignal; readonly now?: () => number } = {},
): Promise<Fetched<Response>> {
  const request = { send, signal: options.signal, now: options.now ?? Date.now };
  switch (dependency.kind) {
    case "secrets":
      return list(dependency.path, request);
    case "pkiCert":
      return certificate(dependency.path, dependency.parameters, request);
    case "secret":
      return dependency.parameters
        ? write(dependency.path, dependency.parameters, request)
        : read(dependency.path, request);
  }
}

interface Requester<Response extends FetchResponse> {
  readonly send: Send<Response>;
  readonly signal: AbortSignal | undefined;
  readonly now: () => number;
}

const aborting = (signal: AbortSignal | undefined): { signal?: AbortSignal } => (signal ? { signal } : {});

async function read<Response extends FetchResponse>(
  written: string,
  { send, signal, now }: Requester<Response>,
): Promise<Fetched<Response>> {
  const { path: plain, query } = splitQuery(written);
  const mount = await keyValueMount(plain, send, signal);
  const path = mount === undefined ? plain : dataPath(plain, mount);
  let response: Response;
  try {
    response = await send({ method: "GET", path, query, ...aborting(signal) });
  } catch (error) {
    if (isNothing(error)) throw new NoSecretError(path, { cause: error });
    throw error;
  }
  if (response.status === 404 || response.body.trim() === "" || isDeleted(response.data, now())) {
    throw new NoSecretError(path);
  }
  return { value: decodeSecret(response.body), response };
}

async function write<Response extends FetchResponse>(
  plain: string,
  parameters: Readonly<Record<string, string>>,
  { send, signal }: Requester<Response>,
): Promise<Fetched<Response>> {
  const mount = await keyValueMount(plain, send, signal);
  const path = mount === undefined ? plain : dataPath(plain, mount);
  const body = mount === undefined ? parameters : { data: parameters };
  const response = await send({ method: "PUT", path, body, ...aborting(signal) });
  return { value: response.body.trim() === "" ? NO_SECRET : decodeSecret(response.body), response };
}

async function list<Response extends FetchResponse>(
  plain: string,
  { send, signal }: Requester<Response>,
): Promise<Fetched<Response>> {
  const mount = await keyValueMount(plain, send, signal);
  const path = mount === undefined ? plain : metadataPath(plain, mount);
  try {
    const response = await send({ method: "LIST", path, ...aborting(signal) });
    return { value: response.body.trim() === "" ? NO_SECRETS : decodeSecretList(response.body), response };
  } catch (error) {
    if (statusOf(error) === 404) return { value: NO_SECRETS, response: undefined };
    throw error;
  }
}

async function certificate<Response extends FetchResponse>(
  path: string,
  parameters: Readonly<Record<string, string>>,
  { send, signal }: Requester<Response>,
): Promise<Fetched<Response>> {
  const response = await send({ method: "PUT", path, body: parameters, ...aborting(signal) });
  if (response.body.trim() === "") throw new NoSecretError(path);
  const { X509Certificate } = platformCrypto();
  const isAuthority = (pem: string): boolean => new X509Certificate(pem).ca;
  return { value: certificateBundle(toBytes(response.body), isAuthority), response };
}
