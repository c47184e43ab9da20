import { isJsonObject, type JsonObject } from "../../../json.ts";
import { checkJwt, type JwtCheck } from "../../jwt.ts";
import { type Answer, type Backend, type Call, list, object, text } from "../call.ts";
import type { Core } from "../core.ts";
import { badRequest } from "../refusal.ts";
import { roleRoutes } from "../role-routes.ts";
import { createRouter } from "../router.ts";
import { entityIdOf } from "./entity.ts";
import {
  describeTokenSettings,
  issueToken,
  readTokenSettings,
  type TokenSettings,
} from "./token-settings.ts";

/** Vault allows clocks to differ by a minute. */
const LEEWAY_SECONDS = 60;

const PROBLEMS: Readonly<Record<NonNullable<JwtCheck["problem"]>, string>> = {
  malformed: "error verifying token signature: the token is not a JWT",
  signature: "error verifying token signature: no known key successfully validated the token signature",
  expired: "invalid expiration time (exp) claim: token is expired",
  "not-yet-valid": "invalid not before (nbf) claim: token not yet valid",
};

interface Config {
  readonly publicKeys: readonly string[];
  readonly issuer: string;
  readonly defaultRole: string;
}

interface Role {
  readonly audiences: readonly string[];
  readonly subject: string;
  readonly claims: JsonObject;
  readonly userClaim: string;
  readonly token: TokenSettings;
}

/** `auth/jwt` with given public keys: tokens of any issuer, bound by their claims. */
export function createJwtAuth(core: Core, mountPath: string): Backend {
  const roles = new Map<string, Role>();
  let config: Config = { publicKeys: [], issuer: "", defaultRole: "" };
  return createRouter([
    {
      pattern: "config",
      read: () => ({
        data: {
          bound_issuer: config.issuer,
          default_role: config.defaultRole,
          jwt_validation_pubkeys: config.publicKeys,
        },
      }),
      update: (call) => {
        config = {
          publicKeys: list(call.body["jwt_validation_pubkeys"]),
          issuer: text(call.body["bound_issuer"]),
          defaultRole: text(call.body["default_role"]),
        };
        if (config.publicKeys.length > 0) return undefined;
        throw badRequest("the development Vault verifies JWTs against jwt_validation_pubkeys only");
      },
    },
    ...roleRoutes("role", roles, { parse: readRole, describe }),
    {
      pattern: "login",
      open: true,
      update: (call) => {
        const name = text(call.body["role"]) || config.defaultRole;
        if (name === "") throw badRequest("missing role");
        const role = roles.get(name);
        if (role === undefined) throw badRequest(`role "${name}" could not be found`);
        return login(core, mountPath, { config, name, role }, call);
      },
    },
  ]);
}

interface Asked {
  readonly config: Config;
  readonly name: string;
  readonly role: Role;
}

function login(core: Core, mountPath: string, { config, name, role }: Asked, call: Call): Answer {
  const jwt = text(call.body["jwt"]);
  if (jwt === "") throw badRequest("missing token");
  const time = { nowSeconds: Math.floor(core.clock.now() / 1000), leewaySeconds: LEEWAY_SECONDS };
  const checked = checkJwt(jwt, config.publicKeys, time);
  if (checked.problem !== undefined) throw badRequest(`error validating token: ${PROBLEMS[checked.problem]}`);
  const claims = checked.payload;
  checkClaims(claims, config, role);
  const user = claims[role.userClaim];
  if (typeof user !== "string") throw badRequest(`claim "${role.userClaim}" not found in token`);
  const { token, warnings } = issueToken(core, role.token, {
    path: call.fullPath,
    displayName: `${mountPath.split("/")[1] ?? ""}-${user}`,
    meta: { role: name },
    entityId: entityIdOf(mountPath, user),
  });
  return { auth: token, warnings };
}

function checkClaims(claims: JsonObject, config: Config, role: Role): void {
  if (config.issuer !== "" && claims["iss"] !== config.issuer) {
    throw badRequest("error validating token: invalid issuer (iss) claim");
  }
  if (
    role.audiences.length > 0 &&
    !list(claims["aud"]).some((audience) => role.audiences.includes(audience))
  ) {
    throw badRequest(
      "error validating token: invalid audience (aud) claim: audience claim does not match any expected audience",
    );
  }
  if (role.subject !== "" && claims["sub"] !== role.subject) {
    throw badRequest("error validating token: invalid subject (sub) claim");
  }
  for (const [path, wanted] of Object.entries(role.claims)) {
    const actual = claimAt(claims, path);
    if (!list(wanted).some((value) => list(actual).includes(value))) {
      throw badRequest(
        `error validating claims: claim "${path}" does not match any associated bound claim values`,
      );
    }
  }
}

/** A claim by name, or by a JSON pointer into nested ones. */
function claimAt(claims: JsonObject, path: string): JsonObject[string] | undefined {
  if (!path.startsWith("/")) return claims[path];
  let value: JsonObject[string] | undefined = claims;
  for (const segment of path.slice(1).split("/")) {
    value = isJsonObject(value) && Object.hasOwn(value, segment) ? value[segment] : undefined;
  }
  return value;
}

function readRole(body: JsonObject): Role {
  const userClaim = text(body["user_claim"]);
  if (userClaim === "") throw badRequest("a user claim must be defined on the role");
  if (text(body["role_type"]) !== "jwt")
    throw badRequest("the development Vault has only roles of role_type=jwt");
  const role: Role = {
    audiences: list(body["bound_audiences"]),
    subject: text(body["bound_subject"]),
    claims: object(body["bound_claims"]),
    userClaim,
    token: readTokenSettings(body),
  };
  if (role.audiences.length === 0 && role.subject === "" && Object.keys(role.claims).length === 0) {
    throw badRequest("must have at least one bound constraint when creating/updating a role");
  }
  return role;
}

function describe(role: Role): JsonObject {
  return {
    bound_audiences: role.audiences,
    bound_claims: role.claims,
    bound_subject: role.subject,
    role_type: "jwt",
    user_claim: role.userClaim,
    ...describeTokenSettings(role.token),
  };
}
