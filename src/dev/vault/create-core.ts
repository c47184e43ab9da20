import { randomBytes } from "node:crypto";
import type { JsonObject } from "../../json.ts";
import { initialPolicies } from "./access.ts";
import { createAppRoleAuth } from "./auth/approle.ts";
import { createJwtAuth } from "./auth/jwt.ts";
import { createKubernetesAuth } from "./auth/kubernetes.ts";
import { createTokenAuth } from "./auth/token.ts";
import { createUserpassAuth } from "./auth/userpass.ts";
import { type Backend, text } from "./call.ts";
import type { VaultClock } from "./clock.ts";
import type { Core } from "./core.ts";
import { createCubbyhole } from "./cubbyhole.ts";
import { createDatabaseEngine } from "./database/backend.ts";
import { createExpirations } from "./expirations.ts";
import { createKv1 } from "./kv/v1.ts";
import { createKv2 } from "./kv/v2.ts";
import { createLeaseStore } from "./leases.ts";
import { createMountTable } from "./mounts.ts";
import { createQuotas } from "./quotas.ts";
import { newUuid, shortHex } from "./random.ts";
import { createSystemBackend } from "./sys/backend.ts";
import { type BackendFactory, mountBackend } from "./sys/mounts.ts";
import { createTokenStore } from "./tokens.ts";
import { createWrapping } from "./wrapping.ts";

/** The release of HashiCorp Vault whose answers the development Vault gives. */
const IMITATED_VERSION = "1.21.1";

/** A new, unsealed Vault with what `vault server -dev` has: tokens, policies, `secret/` as kv version 2. */
export function createCore(clock: VaultClock, rootToken: string): Core {
  const expirations = createExpirations(clock);
  const leases = createLeaseStore(clock, expirations);
  const tokens = createTokenStore(clock, expirations, leases);
  const core: Core = {
    clock,
    expirations,
    leases,
    tokens,
    policies: initialPolicies(),
    mounts: createMountTable(),
    wrapping: createWrapping(clock, tokens),
    quotas: createQuotas(clock),
    identity: {
      version: IMITATED_VERSION,
      clusterName: `vault-cluster-${shortHex()}`,
      clusterId: newUuid(),
    },
    unsealKey: randomBytes(32).toString("base64"),
    sealed: false,
  };
  tokens.create({
    id: rootToken,
    policies: ["root"],
    displayName: "token",
    path: "auth/token/create",
    limits: { ttl: 0, maxTtl: 0, period: 0, explicitMaxTtl: 0 },
    renewable: false,
    expires: false,
  });
  mountInitial(core);
  return core;
}

function mountInitial(core: Core): void {
  const create = backendFactory(core);
  const builtIn = (kind: "secret" | "auth", path: string, type: string, backend: Backend): void => {
    core.mounts.add({ kind, path, type, description: "", options: null, backend });
  };
  builtIn("secret", "sys/", "system", createSystemBackend(core, create));
  builtIn("secret", "cubbyhole/", "cubbyhole", createCubbyhole());
  builtIn("auth", "auth/token/", "token", createTokenAuth(core));
  mountBackend(core, create, {
    kind: "secret",
    path: "secret/",
    body: { type: "kv", description: "key/value secret storage", options: { version: "2" } },
  });
}

function backendFactory(core: Core): BackendFactory {
  return (kind, type, options, path) => {
    switch (`${kind}:${type}`) {
      case "secret:kv":
        return keyValue(core, options);
      case "secret:kv-v2":
        return createKv2(core.clock);
      case "secret:database":
        return createDatabaseEngine(core);
      case "auth:approle":
        return createAppRoleAuth(core, path);
      case "auth:jwt":
        return createJwtAuth(core, path);
      case "auth:kubernetes":
        return createKubernetesAuth(core, path);
      case "auth:userpass":
        return createUserpassAuth(core, path);
      default:
        return undefined;
    }
  };
}

function keyValue(core: Core, options: JsonObject): Backend {
  return text(options["version"]) === "2" ? createKv2(core.clock) : createKv1();
}
