import type { JsonObject } from "../../../json.ts";
import { type Answer, type Backend, type Call, keys, text } from "../call.ts";
import type { Core } from "../core.ts";
import { durationSeconds } from "../durations.ts";
import { newUuid } from "../random.ts";
import { badRequest, VaultRefusal } from "../refusal.ts";
import { roleRoutes } from "../role-routes.ts";
import { createRouter } from "../router.ts";
import { entityIdOf } from "./entity.ts";
import {
  describeTokenSettings,
  issueToken,
  readTokenSettings,
  type TokenSettings,
} from "./token-settings.ts";

interface SecretId {
  readonly value: string;
  readonly accessor: string;
  /** undefined: never. */
  readonly expiresAt: number | undefined;
  /** 0: unlimited. */
  usesLeft: number;
}

interface Role {
  roleId: string;
  readonly bindSecretId: boolean;
  readonly secretIdTtlSeconds: number;
  readonly secretIdUses: number;
  readonly token: TokenSettings;
  readonly secretIds: Map<string, SecretId>;
}

/** `auth/approle`: a role id and a secret id that can be used a number of times. */
export function createAppRoleAuth(core: Core, mountPath: string): Backend {
  const roles = new Map<string, Role>();
  const named = (name: string): Role => {
    const role = roles.get(name);
    if (role === undefined) throw new VaultRefusal(404, [`role "${name}" does not exist`]);
    return role;
  };
  return createRouter([
    ...roleRoutes("role", roles, { parse: readRole, describe }),
    {
      pattern: "role/:name/role-id",
      read: (_call, { name = "" }) => {
        const role = roles.get(name);
        return role === undefined ? undefined : { data: { role_id: role.roleId } };
      },
      update: (call, { name = "" }) => {
        named(name).roleId = text(call.body["role_id"]);
        return undefined;
      },
    },
    {
      pattern: "role/:name/secret-id",
      update: (call, { name = "" }) => newSecretId(named(name), call.body, core.clock.now()),
      list: (_call, { name = "" }) =>
        keys([...named(name).secretIds.values()].map(({ accessor }) => accessor)),
    },
    {
      pattern: "role/:name/secret-id/destroy",
      update: (call, { name = "" }) => {
        named(name).secretIds.delete(text(call.body["secret_id"]));
        return undefined;
      },
    },
    { pattern: "login", open: true, update: (call) => login(core, mountPath, roles, call) },
  ]);
}

function newSecretId(role: Role, body: JsonObject, now: number): Answer {
  const ttl = body["ttl"] === undefined ? role.secretIdTtlSeconds : durationSeconds(body["ttl"], "ttl");
  const uses = body["num_uses"] === undefined ? role.secretIdUses : Number(body["num_uses"]);
  const given = text(body["secret_id"]);
  const secretId: SecretId = {
    value: given === "" ? newUuid() : given,
    accessor: newUuid(),
    expiresAt: ttl === 0 ? undefined : now + ttl * 1000,
    usesLeft: uses,
  };
  role.secretIds.set(secretId.value, secretId);
  return {
    wrappedAccessor: secretId.accessor,
    data: {
      secret_id: secretId.value,
      secret_id_accessor: secretId.accessor,
      secret_id_num_uses: uses,
      secret_id_ttl: ttl,
    },
  };
}

function login(core: Core, mountPath: string, roles: ReadonlyMap<string, Role>, call: Call): Answer {
  const roleId = text(call.body["role_id"]);
  if (roleId === "") throw new VaultRefusal(500, ["failed to determine alias name from login request"]);
  const [name, role] = [...roles].find(([, candidate]) => candidate.roleId === roleId) ?? [];
  if (name === undefined || role === undefined) throw badRequest("invalid role or secret ID");
  if (role.bindSecretId) useSecretId(role, text(call.body["secret_id"]), core.clock.now());
  const { token, warnings } = issueToken(core, role.token, {
    path: call.fullPath,
    displayName: mountPath.split("/")[1] ?? "",
    meta: { role_name: name },
    entityId: entityIdOf(mountPath, roleId),
  });
  return { auth: token, warnings };
}

function useSecretId(role: Role, value: string, now: number): void {
  if (value === "") throw badRequest("missing secret_id");
  const secretId = role.secretIds.get(value);
  const expired = secretId?.expiresAt !== undefined && secretId.expiresAt <= now;
  if (secretId === undefined || expired) throw badRequest("invalid role or secret ID");
  if (secretId.usesLeft === 1) role.secretIds.delete(value);
  else if (secretId.usesLeft > 1) secretId.usesLeft -= 1;
}

function readRole(body: JsonObject, before: Role | undefined): Role {
  return {
    roleId: text(body["role_id"]) || (before?.roleId ?? newUuid()),
    bindSecretId: body["bind_secret_id"] !== false,
    secretIdTtlSeconds: durationSeconds(body["secret_id_ttl"], "secret_id_ttl"),
    secretIdUses: Number(body["secret_id_num_uses"] ?? 0),
    token: readTokenSettings(body),
    secretIds: before?.secretIds ?? new Map(),
  };
}

function describe(role: Role): JsonObject {
  return {
    bind_secret_id: role.bindSecretId,
    local_secret_ids: false,
    secret_id_bound_cidrs: null,
    secret_id_num_uses: role.secretIdUses,
    secret_id_ttl: role.secretIdTtlSeconds,
    ...describeTokenSettings(role.token),
  };
}
