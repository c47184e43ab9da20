import type { JsonObject } from "../../../json.ts";
import { type Answer, type Call, text } from "../call.ts";
import type { Core } from "../core.ts";
import { durationSeconds } from "../durations.ts";
import type { LeasedSecret } from "../leases.ts";
import { newPassword, randomText } from "../random.ts";
import { badRequest, InternalFailure, invalidToken } from "../refusal.ts";
import { roleRoutes } from "../role-routes.ts";
import type { Route } from "../router.ts";
import { grantTtl, type TtlLimits } from "../ttl.ts";
import type { Connections } from "./connections.ts";
import { statementList } from "./statements.ts";

/** `database/roles/NAME`. */
interface DynamicRole {
  readonly connection: string;
  readonly ttlSeconds: number;
  readonly maxTtlSeconds: number;
  readonly creation: readonly string[];
  readonly renewal: readonly string[];
  readonly revocation: readonly string[];
  readonly rollback: readonly string[];
}

/** The database lets a user live that much longer than its lease, so that it never ends first. */
const MARGIN_MILLISECONDS = 5000;

/** Roles whose every read of `creds/NAME` makes a database user that ends with its lease. */
export function dynamicRoleRoutes(core: Core, connections: Connections): readonly Route[] {
  const roles = new Map<string, DynamicRole>();
  return [
    ...roleRoutes("roles", roles, { parse: readRole, describe }),
    {
      pattern: "creds/:name",
      read: (call, { name = "" }) => issue(core, connections, roles, call, name),
    },
  ];
}

async function issue(
  core: Core,
  connections: Connections,
  roles: ReadonlyMap<string, DynamicRole>,
  call: Call,
  name: string,
): Promise<Answer> {
  const role = roles.get(name);
  if (role === undefined) throw badRequest(`unknown role: ${name}`);
  const { plugin } = connections.for(role.connection, name);
  if (role.creation.length === 0) throw new InternalFailure("empty creation statements");
  const now = core.clock.now();
  const limits = limitsOf(role);
  const { seconds } = grantTtl(limits, 0, now, now);
  const username = userName(call.token?.displayName ?? "", name, now);
  const password = newPassword();
  const expiresAt = now + seconds * 1000 + MARGIN_MILLISECONDS;
  await plugin.createUser({ username, password, expiresAt }, role.creation, role.rollback);
  if (call.token !== undefined && core.tokens.find(call.token.id) === undefined) {
    // The token died meanwhile, and with it whatever would have ended this user.
    await plugin.dropUser(username, role.revocation);
    throw invalidToken();
  }
  const current = (): DynamicRole | undefined => roles.get(name);
  const secret = leasedUser(core, connections, { username, name, issued: role, current });
  const lease = core.leases.create(call.fullPath, call.token?.id ?? "", limits, secret);
  return { data: { username, password }, lease };
}

interface IssuedUser {
  readonly username: string;
  readonly name: string;
  /** The role as it was; what counts later is the role as it is then. */
  readonly issued: DynamicRole;
  current(): DynamicRole | undefined;
}

function leasedUser(core: Core, connections: Connections, user: IssuedUser): LeasedSecret {
  return {
    renew: async (lease, increment) => {
      const role = user.current();
      if (role === undefined) {
        throw new InternalFailure(`error during renew: could not find role with name "${user.name}"`);
      }
      const limits = limitsOf(role);
      const now = core.clock.now();
      const { seconds } = grantTtl(limits, increment, lease.issuedAt, now);
      const { plugin } = connections.for(role.connection, user.name);
      await plugin.extendUser(user.username, now + seconds * 1000 + MARGIN_MILLISECONDS, role.renewal);
      return limits;
    },
    revoke: async () => {
      const role = user.current() ?? user.issued;
      const { plugin } = connections.for(role.connection, user.name);
      await plugin.dropUser(user.username, role.revocation);
    },
  };
}

function limitsOf(role: DynamicRole): TtlLimits {
  return { ttl: role.ttlSeconds, maxTtl: role.maxTtlSeconds, period: 0, explicitMaxTtl: 0 };
}

/** Vault's default: who asked, for what, a random part and when; at most PostgreSQL's 63 bytes. */
function userName(displayName: string, role: string, nowMilliseconds: number): string {
  const seconds = Math.floor(nowMilliseconds / 1000);
  const parts = ["v", displayName.slice(0, 8), role.slice(0, 8), randomText(20), String(seconds)];
  return parts.join("-").slice(0, 63);
}

function readRole(body: JsonObject, before: DynamicRole | undefined): DynamicRole {
  const connection = text(body["db_name"]) || (before?.connection ?? "");
  if (connection === "") throw badRequest("database name is required");
  const statements = (field: string, kept: readonly string[] = []): readonly string[] =>
    body[field] === undefined ? kept : statementList(body[field]);
  const seconds = (field: string, kept = 0): number =>
    body[field] === undefined ? kept : durationSeconds(body[field], field);
  return {
    connection,
    ttlSeconds: seconds("default_ttl", before?.ttlSeconds),
    maxTtlSeconds: seconds("max_ttl", before?.maxTtlSeconds),
    creation: statements("creation_statements", before?.creation),
    renewal: statements("renew_statements", before?.renewal),
    revocation: statements("revocation_statements", before?.revocation),
    rollback: statements("rollback_statements", before?.rollback),
  };
}

function describe(role: DynamicRole): JsonObject {
  return {
    creation_statements: role.creation,
    credential_type: "password",
    db_name: role.connection,
    default_ttl: role.ttlSeconds,
    max_ttl: role.maxTtlSeconds,
    renew_statements: role.renewal,
    revocation_statements: role.revocation,
    rollback_statements: role.rollback,
  };
}
