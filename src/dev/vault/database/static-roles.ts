import type { JsonObject } from "../../../json.ts";
import { keys, text } from "../call.ts";
import type { Core } from "../core.ts";
import { durationSeconds } from "../durations.ts";
import { newPassword, newUuid } from "../random.ts";
import { badRequest } from "../refusal.ts";
import type { Route } from "../router.ts";
import type { Connections } from "./connections.ts";
import { statementList } from "./statements.ts";

/** `database/static-roles/NAME`: a database user that stays, with a password that changes. */
interface StaticRole {
  readonly connection: string;
  readonly username: string;
  readonly rotationPeriodSeconds: number;
  readonly rotation: readonly string[];
  readonly password: string;
  readonly rotatedAt: number;
}

/** Vault refuses shorter periods. */
const SHORTEST_PERIOD_SECONDS = 5;
/** A rotation that failed is tried again after this long. */
const RETRY_MILLISECONDS = 10_000;

export function staticRoleRoutes(core: Core, connections: Connections): readonly Route[] {
  const roles = new Map<string, StaticRole>();
  const engine = newUuid();

  const rotate = async (name: string, role: Omit<StaticRole, "password" | "rotatedAt">): Promise<void> => {
    const password = newPassword();
    const { plugin } = connections.for(role.connection, name);
    await plugin.changePassword(role.username, password, role.rotation);
    const rotatedAt = core.clock.now();
    roles.set(name, { ...role, password, rotatedAt });
    planRotation(name, rotatedAt + role.rotationPeriodSeconds * 1000);
  };
  const planRotation = (name: string, at: number): void => {
    core.expirations.plan(`static/${engine}/${name}`, at, () => {
      const role = roles.get(name);
      if (role === undefined) return;
      rotate(name, role).catch(() => planRotation(name, core.clock.now() + RETRY_MILLISECONDS));
    });
  };
  const dueSeconds = (role: StaticRole): number => {
    const due = role.rotatedAt + role.rotationPeriodSeconds * 1000;
    return Math.max(0, Math.round((due - core.clock.now()) / 1000));
  };
  return [
    { pattern: "static-roles", list: () => keys(roles.keys()) },
    {
      pattern: "static-roles/:name",
      exists: ({ name = "" }) => roles.has(name),
      read: (_call, { name = "" }) => {
        const role = roles.get(name);
        return role === undefined ? undefined : { data: describe(role) };
      },
      update: async (call, { name = "" }) => {
        const before = roles.get(name);
        const role = readRole(call.body, before);
        if (before === undefined) await rotate(name, role);
        else roles.set(name, { ...role, password: before.password, rotatedAt: before.rotatedAt });
        const { rotatedAt } = roles.get(name) ?? { rotatedAt: core.clock.now() };
        planRotation(name, rotatedAt + role.rotationPeriodSeconds * 1000);
        return undefined;
      },
      delete: (_call, { name = "" }) => {
        roles.delete(name);
        core.expirations.cancel(`static/${engine}/${name}`);
        return undefined;
      },
    },
    {
      pattern: "static-creds/:name",
      read: (_call, { name = "" }) => {
        const role = roles.get(name);
        if (role === undefined) throw badRequest(`unknown role: ${name}`);
        connections.for(role.connection, name);
        return {
          data: {
            username: role.username,
            password: role.password,
            last_vault_rotation: new Date(role.rotatedAt).toISOString(),
            rotation_period: role.rotationPeriodSeconds,
            ttl: dueSeconds(role),
          },
        };
      },
    },
    {
      pattern: "rotate-role/:name",
      update: async (_call, { name = "" }) => {
        const role = roles.get(name);
        if (role === undefined) throw badRequest("no static role found for role name");
        await rotate(name, role);
        return undefined;
      },
    },
  ];
}

function readRole(
  body: JsonObject,
  before: StaticRole | undefined,
): Omit<StaticRole, "password" | "rotatedAt"> {
  const username = text(body["username"]) || (before?.username ?? "");
  if (username === "") throw badRequest("username is a required field to create a static account");
  const connection = text(body["db_name"]) || (before?.connection ?? "");
  if (connection === "") throw badRequest("database name is a required field");
  if (body["rotation_schedule"] !== undefined) {
    throw badRequest("the development Vault rotates by rotation_period only, not by rotation_schedule");
  }
  const period = durationSeconds(body["rotation_period"], "rotation_period") || before?.rotationPeriodSeconds;
  if (period === undefined) {
    throw badRequest(
      "one of rotation_schedule or rotation_period must be provided to create a static account",
    );
  }
  if (period < SHORTEST_PERIOD_SECONDS) {
    throw badRequest(`rotation_period must be ${SHORTEST_PERIOD_SECONDS} seconds or more`);
  }
  return {
    connection,
    username,
    rotationPeriodSeconds: period,
    rotation: statementList(body["rotation_statements"]),
  };
}

function describe(role: StaticRole): JsonObject {
  return {
    credential_type: "password",
    db_name: role.connection,
    last_vault_rotation: new Date(role.rotatedAt).toISOString(),
    rotation_period: role.rotationPeriodSeconds,
    rotation_statements: role.rotation,
    username: role.username,
  };
}
