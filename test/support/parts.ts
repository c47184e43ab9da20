import {
  configureVault,
  type DatabaseRole,
  type KubernetesRole,
  type VaultConfiguration,
} from "../../src/dev/configure.ts";
import {
  type DevelopmentPostgres,
  type DevelopmentPostgresOptions,
  startPostgres,
} from "../../src/dev/postgres.ts";
import { createRoleCounter } from "../../src/dev/role-count.ts";
import type { RunningVault } from "../../src/dev/running-vault.ts";
import { createServiceAccountIssuer, type ServiceAccountIssuer } from "../../src/dev/service-account.ts";
import { startTokenReview } from "../../src/dev/token-review.ts";
import { startDevelopmentVault } from "../../src/dev/vault/server.ts";
import { type VaultApi, vaultApi } from "../../src/dev/vault-api.ts";
import { findVaultBinary, startVaultServer, type VaultServerOptions } from "../../src/dev/vault-binary.ts";
import { isJsonObject, type JsonObject } from "../../src/json.ts";

export interface PartsOptions {
  /** `auto` (default): a real Vault when `KEYCARD_VAULT_BIN` names one, else the development Vault. */
  readonly vault?: "development" | "real" | "auto";
  /** Of a real Vault. Default `memory`; `file` keeps everything over `down` and `up`. */
  readonly storage?: VaultServerOptions["storage"];
  readonly database?: DatabaseRole;
  readonly kubernetes?: Partial<Omit<KubernetesRole, "issuer" | "reviewAddress">>;
  readonly policy?: string;
  readonly postgres?: DevelopmentPostgresOptions;
}

/** A PostgreSQL and a Vault that issues logins for it, and ways to look at both. */
export interface Parts extends AsyncDisposable {
  readonly postgres: DevelopmentPostgres;
  readonly vault: RunningVault;
  readonly issuer: ServiceAccountIssuer;
  /** Vault's API with the root token. */
  readonly root: VaultApi;
  /** Another Vault, new and configured in the same way: what a Vault is that lost all it knew. */
  freshVault(): Promise<RunningVault>;
  /** A token for service account `app` in namespace `default`. */
  serviceAccountToken(): string;
  /** Logs in as `app`; the token. */
  login(): Promise<string>;
  /** Logins with a service-account token so far, refused ones included. */
  logins(): number;
  /** Ids of the leases on credentials of a role. Default `app-role`. */
  leases(role?: string): Promise<readonly string[]>;
  /** Names of the dynamic PostgreSQL logins there are now. */
  roles(): Promise<readonly string[]>;
  /** Dynamic PostgreSQL logins made so far, dropped ones included. */
  rolesCreated(): number;
  stop(): Promise<void>;
}

/** Starts the parts that integration tests stand on, configured by `configureVault`. */
export async function startParts(options: PartsOptions = {}): Promise<Parts> {
  await using started = new AsyncDisposableStack();
  const counter = createRoleCounter();
  const postgres = started.use(
    await startPostgres({
      ...options.postgres,
      settings: { ...counter.settings, ...options.postgres?.settings },
      onLog: (text) => {
        counter.onLog(text);
        options.postgres?.onLog?.(text);
      },
    }),
  );
  const vault = started.use(await startVault(options));
  const issuer = createServiceAccountIssuer();
  const review = started.use(await startTokenReview(issuer));
  const configuration: VaultConfiguration = {
    postgres,
    ...(options.database === undefined ? {} : { database: options.database }),
    ...(options.policy === undefined ? {} : { policy: options.policy }),
    kubernetes: { ...options.kubernetes, issuer, reviewAddress: review.address },
  };
  await configureVault(vault, configuration);
  const root = vaultApi(vault.address, vault.rootToken);
  const serviceAccountToken = (): string => issuer.sign({ namespace: "default", serviceAccount: "app" });
  const running = started.move();
  const stop = (): Promise<void> => running.disposeAsync();
  return {
    postgres,
    vault,
    issuer,
    root,
    async freshVault() {
      const fresh = await startVault(options);
      await configureVault(fresh, configuration);
      return fresh;
    },
    serviceAccountToken,
    login: async () => clientToken(await loginAs(root, serviceAccountToken())),
    logins: () => review.reviews(),
    leases: (role = "app-role") => listLeases(root, role),
    roles: async () => {
      const rows = await postgres.query<{ name: string }>(
        "SELECT rolname AS name FROM pg_roles WHERE rolname LIKE 'v-%' ORDER BY rolname",
      );
      return rows.map(({ name }) => name);
    },
    rolesCreated: counter.created,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function startVault(options: PartsOptions): Promise<RunningVault> {
  const wanted = options.vault ?? "auto";
  const named = (process.env["KEYCARD_VAULT_BIN"] ?? "") !== "";
  if (wanted === "development" || (wanted === "auto" && !named)) return startDevelopmentVault();
  const binary = await findVaultBinary(process.env);
  if (binary === undefined) {
    throw new Error(
      "no real Vault: set KEYCARD_VAULT_BIN to a vault binary, e.g. the one of npm run toolchain",
    );
  }
  return startVaultServer(binary, options.storage === undefined ? {} : { storage: options.storage });
}

function loginAs(api: VaultApi, jwt: string): Promise<JsonObject> {
  return api.must("POST", "auth/kubernetes/login", { role: "app", jwt });
}

/** The token of a login's answer. */
export function clientToken(answer: JsonObject): string {
  const { auth } = answer;
  const token = isJsonObject(auth) ? auth["client_token"] : undefined;
  if (typeof token !== "string") throw new Error(`no token in ${JSON.stringify(answer)}`);
  return token;
}

async function listLeases(api: VaultApi, role: string): Promise<readonly string[]> {
  const prefix = `database/creds/${role}`;
  const { status, body } = await api.call("LIST", `sys/leases/lookup/${prefix}`);
  const keys = isJsonObject(body["data"]) ? body["data"]["keys"] : undefined;
  if (status === 404 || !Array.isArray(keys)) return [];
  return keys.map((key) => `${prefix}/${String(key)}`);
}
