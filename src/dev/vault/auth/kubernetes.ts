import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";
import { checkJwt } from "../../jwt.ts";
import { type Answer, type Backend, type Call, list, object, text } from "../call.ts";
import type { Core } from "../core.ts";
import { badRequest, permissionDenied, VaultRefusal } from "../refusal.ts";
import { roleRoutes } from "../role-routes.ts";
import { createRouter } from "../router.ts";
import { entityIdOf } from "./entity.ts";
import {
  describeTokenSettings,
  issueToken,
  readTokenSettings,
  type TokenSettings,
} from "./token-settings.ts";

interface Config {
  readonly host: string;
  readonly publicKeys: readonly string[];
}

interface Role {
  readonly names: readonly string[];
  readonly namespaces: readonly string[];
  readonly audience: string;
  readonly token: TokenSettings;
}

interface Account {
  readonly namespace: string;
  readonly name: string;
  readonly uid: string;
}

/** `auth/kubernetes`: service-account tokens, checked against given keys and by TokenReview. */
export function createKubernetesAuth(core: Core, mountPath: string): Backend {
  const roles = new Map<string, Role>();
  let config: Config = { host: "", publicKeys: [] };
  return createRouter([
    {
      pattern: "config",
      read: () => ({
        data: { kubernetes_host: config.host, pem_keys: config.publicKeys, disable_local_ca_jwt: true },
      }),
      update: (call) => {
        if (text(call.body["kubernetes_host"]) === "") throw badRequest("no host provided");
        if (list(call.body["pem_keys"]).length === 0) {
          throw badRequest("the development Vault checks service-account tokens against pem_keys");
        }
        config = { host: text(call.body["kubernetes_host"]), publicKeys: list(call.body["pem_keys"]) };
        return undefined;
      },
    },
    ...roleRoutes("role", roles, { parse: readRole, describe }),
    { pattern: "login", open: true, update: (call) => login(core, mountPath, config, roles, call) },
  ]);
}

async function login(
  core: Core,
  mountPath: string,
  config: Config,
  roles: ReadonlyMap<string, Role>,
  call: Call,
): Promise<Answer> {
  const [roleName, jwt] = [text(call.body["role"]), text(call.body["jwt"])];
  if (roleName === "") throw badRequest("missing role");
  if (jwt === "") throw badRequest("missing jwt");
  const role = roles.get(roleName);
  if (role === undefined) throw badRequest(`invalid role name "${roleName}"`);
  const account = checkClaims(jwt, role, config, core.clock.now());
  await review(jwt, role, config, account);
  const { token, warnings } = issueToken(core, role.token, {
    path: call.fullPath,
    displayName: `${mountPath.split("/")[1] ?? ""}-${account.namespace}-${account.name}`,
    meta: {
      role: roleName,
      service_account_name: account.name,
      service_account_namespace: account.namespace,
      service_account_secret_name: "",
      service_account_uid: account.uid,
    },
    entityId: entityIdOf(mountPath, account.uid),
  });
  return { auth: token, warnings };
}

function checkClaims(jwt: string, role: Role, config: Config, nowMilliseconds: number): Account {
  const nowSeconds = Math.floor(nowMilliseconds / 1000);
  const checked = checkJwt(jwt, config.publicKeys, { nowSeconds, leewaySeconds: 0 });
  if (checked.problem === "expired") {
    throw permissionDenied("invalid expiration time (exp) claim: token is expired");
  }
  const account = checked.problem === undefined ? accountOf(checked.payload) : undefined;
  if (checked.problem !== undefined || account === undefined) throw permissionDenied();
  const { payload } = checked;
  if (role.audience !== "" && !list(payload["aud"]).includes(role.audience)) {
    throw permissionDenied(
      "invalid audience (aud) claim: audience claim does not match any expected audience",
    );
  }
  if (!allows(role.namespaces, account.namespace)) throw permissionDenied("namespace not authorized");
  if (!allows(role.names, account.name)) throw permissionDenied("service account name not authorized");
  return account;
}

function allows(bound: readonly string[], value: string): boolean {
  return bound.includes("*") || bound.includes(value);
}

function accountOf(payload: JsonObject): Account | undefined {
  const kubernetes = object(payload["kubernetes.io"]);
  const account = object(kubernetes["serviceaccount"]);
  const [namespace, name, uid] = [kubernetes["namespace"], account["name"], account["uid"]];
  if (typeof namespace !== "string" || typeof name !== "string" || typeof uid !== "string") return undefined;
  return { namespace, name, uid };
}

/** The API server has the last word, also on tokens of deleted accounts. */
async function review(jwt: string, role: Role, config: Config, account: Account): Promise<void> {
  const body = {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenReview",
    spec: { token: jwt, ...(role.audience === "" ? {} : { audiences: [role.audience] }) },
  };
  const response = await fetch(`${config.host}/apis/authentication.k8s.io/v1/tokenreviews`, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${jwt}` },
    body: JSON.stringify(body),
  }).catch((cause: unknown) => {
    // Vault tells its log why, and the caller the same as for a token that is refused.
    throw new VaultRefusal(403, ["permission denied"], { cause });
  });
  const answer: JsonValue = JSON.parse(await response.text());
  const status = object(isJsonObject(answer) ? answer["status"] : undefined);
  const username = object(status["user"])["username"];
  const expected = `system:serviceaccount:${account.namespace}:${account.name}`;
  if (status["authenticated"] !== true || username !== expected) throw permissionDenied();
}

function readRole(body: JsonObject): Role {
  const role: Role = {
    names: list(body["bound_service_account_names"]),
    namespaces: list(body["bound_service_account_namespaces"]),
    audience: text(body["audience"]),
    token: readTokenSettings(body),
  };
  if (role.names.length === 0) throw badRequest('"bound_service_account_names" can not be empty');
  if (role.namespaces.length === 0) {
    throw badRequest(
      '"bound_service_account_namespaces" can not be empty if "bound_service_account_namespace_selector" is not set',
    );
  }
  return role;
}

function describe(role: Role): JsonObject {
  return {
    alias_name_source: "serviceaccount_uid",
    ...(role.audience === "" ? {} : { audience: role.audience }),
    bound_service_account_names: role.names,
    bound_service_account_namespace_selector: "",
    bound_service_account_namespaces: role.namespaces,
    ...describeTokenSettings(role.token),
  };
}
