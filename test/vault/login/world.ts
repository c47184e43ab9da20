import type { VaultConnection } from "../../../src/vault/connection.ts";
import { login } from "../../../src/vault/login/login.ts";
import { type LoginDependencies, LoginError } from "../../../src/vault/login/login-method.ts";
import type { VaultAuth } from "../../../src/vault/response.ts";
import { createHttpFetch } from "../../../src/vault/transport/http-fetch.ts";
import { clientOf, type DoubleAnswer, type SeenRequest, startHttpDouble } from "../doubles.ts";

/** What a login meets: files, environment, a Vault and a cloud, all doubles; the last two at the wire. */
export interface World extends AsyncDisposable {
  readonly files: Map<string, string>;
  readonly removed: string[];
  readonly warnings: string[];
  readonly environment: Record<string, string>;
  /** Requests at Vault. */
  readonly vault: readonly SeenRequest[];
  /** Requests at the cloud, with the origin they were meant for. */
  readonly cloud: readonly (SeenRequest & { readonly origin: string })[];
  readonly vaultAddress: string;
  /** TLS files of clients that a method asked for. */
  readonly clientsWith: Partial<VaultConnection["tls"]>[];
  readonly dependencies: LoginDependencies;
  login(type: string, config: Readonly<Record<string, string>>, mountPath?: string): Promise<VaultAuth>;
}

export const GRANTED = {
  auth: { client_token: "hvs.new", accessor: "a", policies: ["p"], lease_duration: 60, renewable: true },
};

export interface WorldOptions {
  readonly vault?: (request: SeenRequest) => DoubleAnswer;
  readonly cloud?: (request: SeenRequest & { readonly origin: string }) => DoubleAnswer;
  readonly namespace?: string;
}

const ORIGIN = "x-test-origin";

function json(value: unknown): DoubleAnswer {
  return { body: JSON.stringify(value) };
}

/** Sends what is meant for a cloud to the double, over a real connection. */
function cloudFetch(address: string): LoginDependencies["httpFetch"] {
  const fetch = createHttpFetch();
  return ({ url, headers, ...request }) => {
    const { origin, pathname, search } = new URL(url);
    return fetch({
      ...request,
      url: `${address}${pathname}${search}`,
      headers: { ...headers, [ORIGIN]: origin },
    });
  };
}

export async function startWorld(options: WorldOptions = {}): Promise<World> {
  const vault = await startHttpDouble((request) => options.vault?.(request) ?? json(GRANTED));
  const cloud: (SeenRequest & { readonly origin: string })[] = [];
  const cloudDouble = await startHttpDouble((request) => {
    const asked = { ...request, origin: String(request.headers[ORIGIN]) };
    cloud.push(asked);
    return options.cloud?.(asked) ?? { status: 404 };
  });
  const client = clientOf(vault.address);
  const files = new Map<string, string>();
  const removed: string[] = [];
  const warnings: string[] = [];
  const environment: Record<string, string> = {};
  const clientsWith: Partial<VaultConnection["tls"]>[] = [];
  const dependencies: LoginDependencies = {
    client,
    clientWith: (tls) => {
      clientsWith.push(tls);
      return clientOf(vault.address);
    },
    readFile: async (path) => {
      const text = files.get(path);
      if (text === undefined) throw new Error(`ENOENT: no such file, open '${path}'`);
      return text;
    },
    removeFile: async (path) => {
      if (!files.delete(path)) throw new Error("EROFS: read-only file system");
      removed.push(path);
    },
    realPath: async (path) => `${path}.real`,
    environment,
    httpFetch: cloudFetch(cloudDouble.address),
    now: () => Date.UTC(2026, 0, 2, 3, 4, 5),
    random: (bytes) => new Uint8Array(bytes).fill(7),
    memory: new Map(),
    warn: (message) => warnings.push(message),
  };
  return {
    files,
    removed,
    warnings,
    environment,
    clientsWith,
    vault: vault.seen,
    cloud,
    vaultAddress: vault.address,
    dependencies,
    login: (type, config, mountPath = `auth/${type}`) =>
      login({ type, mountPath, namespace: options.namespace ?? "", config }, dependencies),
    async [Symbol.asyncDispose]() {
      client.close();
      await vault[Symbol.asyncDispose]();
      await cloudDouble[Symbol.asyncDispose]();
    },
  };
}

/** The body of the last request at Vault. */
export function submitted(world: World): unknown {
  return JSON.parse(world.vault.at(-1)?.body ?? "null");
}

/** The error a login ends with before Vault is asked. */
export async function loginFailure(attempt: Promise<unknown>): Promise<LoginError> {
  const error = await attempt.then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  if (error instanceof LoginError) return error;
  throw new Error(`expected a LoginError, got ${String(error)}`, { cause: error });
}
