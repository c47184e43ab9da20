import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { createAuthority, issueServingCertificate } from "../../certs/authority.ts";
import { KeycardError } from "../../errors.ts";
import { configureVault, type DatabaseRole } from "../configure.ts";
import { type DevelopmentPostgres, startPostgres } from "../postgres.ts";
import { createRoleCounter, type RoleCounter } from "../role-count.ts";
import type { RunningVault } from "../running-vault.ts";
import { createServiceAccountIssuer, type ServiceAccountIssuer } from "../service-account.ts";
import { startTokenReview } from "../token-review.ts";
import { startDevelopmentVault } from "../vault/server.ts";
import { findVaultBinary, startVaultServer } from "../vault-binary.ts";
import type { WebhookEndpoint } from "./api-server.ts";
import { startVaultMeter, type VaultMeter } from "./vault-meter.ts";

/** Tells what was reached, one line each, with the seconds since the last. */
export type Progress = (line: string) => void;

export interface DemoPartsOptions {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Where `dist/` and `examples/` are. */
  readonly root: string;
  readonly database: Required<Pick<DatabaseRole, "defaultTtlSeconds" | "maxTtlSeconds">>;
  readonly namespace: string;
  readonly progress: Progress;
}

/** Everything the demo's pod needs around it, running. */
export interface DemoParts extends AsyncDisposable {
  readonly postgres: DevelopmentPostgres;
  /** Every role that Vault made in `postgres`, however short it lived. */
  readonly roleCounter: RoleCounter;
  readonly vault: RunningVault;
  /** In front of `vault`; what the webhook tells the agents to talk to. */
  readonly meter: VaultMeter;
  readonly issuer: ServiceAccountIssuer;
  readonly webhook: WebhookEndpoint;
  /** A private directory that goes away with the parts. */
  readonly directory: string;
}

/** Starts PostgreSQL, Vault, the meter in front of it and the webhook; all ends when the result is disposed. */
export async function startDemoParts(options: DemoPartsOptions): Promise<DemoParts> {
  const { progress } = options;
  await using stack = new AsyncDisposableStack();
  const directory = await mkdtemp(join(tmpdir(), "keycard-demo-"));
  stack.defer(() => rm(directory, { recursive: true, force: true }));

  const roleCounter = createRoleCounter();
  const { settings, onLog } = roleCounter;
  const postgres = stack.use(await startPostgres({ database: "app", settings, onLog }));
  const [version] = await postgres.query<{ server_version: string }>("SHOW server_version");
  progress(`PostgreSQL ${version?.server_version} on ${postgres.host}:${postgres.port}`);

  const vault = stack.use(await startVault(options.env));
  progress(
    vault.kind === "real"
      ? `Vault ${vault.version} on ${vault.address}`
      : `development Vault on ${vault.address} (for development and tests only)`,
  );
  const issuer = createServiceAccountIssuer();
  const review = stack.use(await startTokenReview(issuer));
  await configureVault(vault, {
    postgres,
    database: options.database,
    kubernetes: { issuer, reviewAddress: review.address, namespaces: [options.namespace] },
  });
  const { defaultTtlSeconds, maxTtlSeconds } = options.database;
  progress(
    `role database/creds/app-role: leases of ${defaultTtlSeconds} s, renewable up to ${maxTtlSeconds} s`,
  );

  const meter = stack.use(await startVaultMeter(vault.address));
  const webhook = stack.use(await startWebhookProcess(options.root, directory, meter.address));
  progress(`keycard webhook on ${webhook.origin}, with a certificate of its own CA`);

  const owned = stack.move();
  return {
    postgres,
    roleCounter,
    vault,
    meter,
    issuer,
    webhook,
    directory,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startVault(env: DemoPartsOptions["env"]): Promise<RunningVault> {
  const binary = await findVaultBinary(env);
  return binary === undefined ? startDevelopmentVault({}) : startVaultServer(binary);
}

/** Starts `keycard webhook` as its own process, with certificate files and no Kubernetes API. */
async function startWebhookProcess(
  root: string,
  directory: string,
  vaultAddress: string,
): Promise<WebhookEndpoint & AsyncDisposable> {
  const lifetime = { now: new Date(), lifetimeDays: 1 };
  const authority = await createAuthority(lifetime);
  const serving = await issueServingCertificate(authority, { ...lifetime, hosts: ["127.0.0.1"] });
  const certificateFile = join(directory, "webhook.crt");
  const keyFile = join(directory, "webhook.key");
  await writeFile(certificateFile, serving.certificate);
  await writeFile(keyFile, serving.privateKey, { mode: 0o600 });

  const child = spawn(process.execPath, [join(root, "dist", "keycard.js"), "webhook"], {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      AGENT_INJECT_LISTEN: "127.0.0.1:0",
      AGENT_INJECT_TLS_CERT_FILE: certificateFile,
      AGENT_INJECT_TLS_KEY_FILE: keyFile,
      AGENT_INJECT_VAULT_ADDR: vaultAddress,
      KEYCARD_ENGINE: "native",
      KEYCARD_NATIVE_SIDECAR: "true",
      KEYCARD_SHUTDOWN_DELAY: "0s",
    },
  });
  const ended = new Promise<void>((resolve) => child.once("close", () => resolve()));
  const output: string[] = [];
  const listening = new Promise<string>((resolve) => {
    for (const stream of [child.stdout, child.stderr]) {
      createInterface({ input: stream }).on("line", (line) => {
        output.push(line);
        const address = listeningAddress(line);
        if (address !== undefined) resolve(address);
      });
    }
  });
  const address = await Promise.race([listening, ended]);
  if (address === undefined) {
    throw new KeycardError("KEYCARD_DEV_WEBHOOK", `keycard webhook did not start:\n${output.join("\n")}`);
  }
  return {
    origin: address,
    caBundle: authority.certificate,
    async [Symbol.asyncDispose]() {
      child.kill("SIGTERM");
      await ended;
    },
  };
}

/** Origin in the webhook's `listening` event. */
function listeningAddress(line: string): string | undefined {
  if (!line.startsWith("{") || !line.includes('"listening"')) return undefined;
  const entry: unknown = JSON.parse(line);
  const address =
    typeof entry === "object" && entry !== null && "address" in entry ? entry.address : undefined;
  return typeof address === "string" ? address : undefined;
}
