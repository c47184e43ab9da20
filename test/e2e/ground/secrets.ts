import { randomBytes } from "node:crypto";
import { mkdtemp, rm, symlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import pg from "pg";
import { findProgram } from "../../../scripts/cluster/prerequisites.ts";
import { run } from "../../../scripts/cluster/run.ts";
import { CREATION_STATEMENT } from "../../../src/dev/configure.ts";
import { type DevelopmentPostgres, startPostgres } from "../../../src/dev/postgres.ts";
import type { RunningVault } from "../../../src/dev/running-vault.ts";
import { type VaultApi, vaultApi } from "../../../src/dev/vault-api.ts";
import { startVaultServer } from "../../../src/dev/vault-binary.ts";
import { groundContext } from "./context.ts";

const SETUP = resolve(import.meta.dirname, "../../../manifests/vault/setup.sh");

/** How long the logins of a test's role live, in seconds. */
export interface LoginLifetime {
  readonly defaultTtlSeconds: number;
  readonly maxTtlSeconds: number;
}

/** A real Vault and a real PostgreSQL that pods reach, set up by the script that users run. */
export interface Secrets extends AsyncDisposable {
  readonly vault: RunningVault;
  readonly api: VaultApi;
  readonly postgres: DevelopmentPostgres;
  /** Without user and password, as `keycard.dev/postgres-NAME-url` takes it. */
  readonly databaseUrl: string;
  /** Names of the logins that Vault has made and not yet dropped. */
  logins(): Promise<readonly string[]>;
  /** Live leases of the role. */
  leases(): Promise<readonly string[]>;
  setLifetime(lifetime: LoginLifetime): Promise<void>;
}

/** Starts both for one test file; pods of `namespace` under service account `app` may log in. */
export async function startSecrets(namespace: string): Promise<Secrets> {
  const { hostAddress, vaultBinary } = groundContext();
  const postgres = await startPostgres({ host: hostAddress });
  const vault = await startVaultServer(vaultBinary, { host: hostAddress, storage: "file" });
  const api = vaultApi(vault.address, vault.rootToken);
  const stop = async (): Promise<void> => {
    await vault.stop();
    await postgres.stop();
  };
  try {
    await setUp(vault, postgres, namespace);
    await api.must("POST", "sys/mounts/secret", { type: "kv", options: { version: "2" } });
  } catch (error) {
    await stop();
    throw error;
  }
  return {
    vault,
    api,
    postgres,
    databaseUrl: `postgresql://${postgres.host}:${postgres.port}/${postgres.database}`,
    logins: async () =>
      (
        await postgres.query<{ rolname: string }>("SELECT rolname FROM pg_roles WHERE rolname LIKE 'v-%'")
      ).map((row) => row.rolname),
    leases: async () => {
      const { status, body } = await api.call("LIST", "sys/leases/lookup/database/creds/app-role");
      if (status === 404) return [];
      return (body["data"] as unknown as { readonly keys: readonly string[] }).keys;
    },
    setLifetime: async ({ defaultTtlSeconds, maxTtlSeconds }) => {
      await api.must("POST", "database/roles/app-role", {
        db_name: "postgres",
        creation_statements: [CREATION_STATEMENT],
        default_ttl: defaultTtlSeconds,
        max_ttl: maxTtlSeconds,
      });
    },
    [Symbol.asyncDispose]: stop,
  };
}

/** The way docs/operations.md tells: manifests/vault/setup.sh, with the vault and kubectl of this suite. */
async function setUp(vault: RunningVault, postgres: DevelopmentPostgres, namespace: string): Promise<void> {
  const { vaultBinary, kubectl, kubeconfig } = groundContext();
  const password = randomBytes(16).toString("hex");
  await postgres.query(`CREATE ROLE vault WITH LOGIN CREATEROLE PASSWORD ${pg.escapeLiteral(password)}`);
  const commands = await mkdtemp(join(tmpdir(), "keycard-commands-"));
  try {
    await symlink(vaultBinary, join(commands, "vault"));
    await symlink((await findProgram(kubectl, process.env)) ?? kubectl, join(commands, "kubectl"));
    await run("sh", [SETUP], {
      env: {
        PATH: `${commands}:/usr/bin:/bin`,
        HOME: commands,
        KUBECONFIG: kubeconfig,
        VAULT_ADDR: vault.address,
        VAULT_TOKEN: vault.rootToken,
        POSTGRES_HOST: `${postgres.host}:${postgres.port}/${postgres.database}`,
        POSTGRES_USER: "vault",
        POSTGRES_PASSWORD: password,
        POSTGRES_SSLMODE: "disable",
        APP_NAMESPACE: namespace,
      },
    });
  } finally {
    await rm(commands, { recursive: true });
  }
}
