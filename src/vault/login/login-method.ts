import { KeycardError } from "../../errors.ts";
import type { JsonObject } from "../../json.ts";
import type { VaultAuthConfig, VaultConnection } from "../connection.ts";
import { VaultError } from "../error.ts";
import type { CallOptions } from "../operations.ts";
import type { VaultAuth, VaultClient } from "../response.ts";
import type { HttpFetch } from "../transport/http-fetch.ts";

/** What a login may touch of the world. */
export interface LoginDependencies {
  readonly client: VaultClient;
  /** A client of the same Vault with other TLS files; the caller closes it. */
  readonly clientWith: (tls: Partial<VaultConnection["tls"]>) => VaultClient;
  /** A whole file as UTF-8. */
  readonly readFile: (path: string) => Promise<string>;
  readonly removeFile: (path: string) => Promise<void>;
  /** Where a symbolic link finally leads. */
  readonly realPath: (path: string) => Promise<string>;
  /** The process's environment; clouds hand identities to a pod in it. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** For cloud metadata and token services. */
  readonly httpFetch: HttpFetch;
  /** Milliseconds since the epoch. */
  readonly now: () => number;
  /** Random bytes, unpredictable. */
  readonly random: (bytes: number) => Uint8Array;
  /**
   * What earlier logins of this process read from files that are gone since. Empty at start, never
   * persisted.
   */
  readonly memory: Map<string, string>;
  /** Told what went wrong without stopping the login; holds no secret. */
  readonly warn: (message: string) => void;
  readonly signal?: AbortSignal;
}

/** One way to log in. */
export interface LoginMethod {
  /** What to check when Vault refuses. */
  readonly advice: string;
  readonly login: (request: LoginRequest) => Promise<VaultAuth>;
}

/** One login: where, as whom, with what. */
export interface LoginRequest {
  /** E.g. `auth/kubernetes`, without slashes around it. */
  readonly mountPath: string;
  readonly config: LoginConfig;
  readonly dependencies: LoginDependencies;
  /** Namespace and abort signal of every call to Vault. */
  readonly callOptions: CallOptions;
  /** Sends the login, by the usual client unless told otherwise, and returns the `auth` block of the answer. */
  readonly submit: (path: string, body: JsonObject, client?: VaultClient) => Promise<VaultAuth>;
}

/** A login that failed before Vault was asked, or whose answer holds no token. */
export class LoginError extends KeycardError {
  /** Whether the same login may succeed later: a file may appear, a metadata service come up. */
  readonly retryable: boolean;

  constructor(message: string, options: { readonly retryable: boolean; readonly cause?: unknown }) {
    super("KEYCARD_LOGIN", message, { cause: options.cause });
    this.name = "LoginError";
    this.retryable = options.retryable;
  }
}

/** The `config` of an auth method, read key by key; every mistake names the key. */
export interface LoginConfig {
  /** @throws LoginError when absent or empty. */
  required(key: string): string;
  /** `""` when absent. */
  optional(key: string): string;
  /** @throws LoginError when it is no boolean. */
  boolean(key: string, absent: boolean): boolean;
}

/** Words that Go's `strconv.ParseBool` takes. */
const TRUE = /^(1|t|T|true|TRUE|True)$/;
const FALSE = /^(0|f|F|false|FALSE|False)$/;

export function readLoginConfig({ type, config }: VaultAuthConfig): LoginConfig {
  const optional = (key: string): string => (Object.hasOwn(config, key) ? (config[key] ?? "") : "");
  const fail = (problem: string): never => {
    throw new LoginError(`Auth method ${type}: ${problem}`, { retryable: false });
  };
  return {
    optional,
    required(key) {
      const value = optional(key);
      return value === "" ? fail(`its configuration lacks ${key}; set it.`) : value;
    },
    boolean(key, absent) {
      const value = optional(key);
      if (value === "") return absent;
      if (TRUE.test(value)) return true;
      if (FALSE.test(value)) return false;
      return fail(`its configuration's ${key} is ${JSON.stringify(value)}; write true or false.`);
    },
  };
}

/** The `auth` block with a token in it. @throws LoginError */
export function requireToken(auth: VaultAuth | null, path: string): VaultAuth {
  if (auth !== null && auth.clientToken !== "") return auth;
  if (auth === null) {
    throw new LoginError(
      `What came back from the login at ${path} is not Vault's answer to a login. Check that the address is Vault's ` +
        "and that no proxy answers in its place.",
      { retryable: true },
    );
  }
  throw new LoginError(
    `Vault answered the login at ${path} without a token. A login that needs a second factor cannot be used by ` +
      "an agent; check the mount's MFA enforcement.",
    { retryable: false },
  );
}

/** Vault's refusal with the method's own advice. */
export function withAdvice(thrown: unknown, advice: string): unknown {
  const refused = thrown instanceof VaultError && ["denied", "invalid", "not-found"].includes(thrown.kind);
  return refused ? thrown.withFix(advice) : thrown;
}
