import { messageOf } from "../../../errors.ts";
import type { JsonObject } from "../../../json.ts";
import { type Call, keys, list, type MaybeAnswer, text } from "../call.ts";
import { badRequest, InternalFailure } from "../refusal.ts";
import type { Parameters, Route } from "../router.ts";
import { type ConnectionSettings, connectPostgres, type PostgresPlugin } from "./postgres-plugin.ts";
import { statementList } from "./statements.ts";

/** `database/config/NAME`. */
export interface Connection {
  readonly plugin: PostgresPlugin;
  readonly settings: ConnectionSettings;
  readonly allowedRoles: readonly string[];
  readonly rotationStatements: readonly string[];
}

/** The databases a database engine knows. */
export interface Connections {
  readonly routes: readonly Route[];
  /** @throws VaultRefusal when there is none of that name. */
  named(name: string): Connection;
  /** @throws VaultRefusal when there is none of that name, or it does not allow the role. */
  for(name: string, role: string): Connection;
  /** Goes on with another password of its own user. */
  changePassword(name: string, password: string): void;
  close(): Promise<void>;
}

const PLUGIN = "postgresql-database-plugin";

export function createConnections(): Connections {
  const connections = new Map<string, Connection>();

  const named = (name: string): Connection => {
    const connection = connections.get(name);
    if (connection !== undefined) return connection;
    throw new InternalFailure(`failed to find entry for connection with name: "${name}"`);
  };
  const write = async (call: Call, { name = "" }: Parameters): Promise<MaybeAnswer> => {
    const connection = readConnection(call.body, connections.get(name));
    if (call.body["verify_connection"] !== false) {
      try {
        await connection.plugin.verify();
      } catch (cause) {
        await connection.plugin.close();
        throw badRequest(`error creating database object: ${messageOf(cause)}`);
      }
    }
    await connections.get(name)?.plugin.close();
    connections.set(name, connection);
    return undefined;
  };
  return {
    routes: [
      { pattern: "config", list: () => keys(connections.keys()) },
      {
        pattern: "config/:name",
        exists: ({ name = "" }) => connections.has(name),
        read: (_call, { name = "" }) => {
          const connection = connections.get(name);
          return connection === undefined ? undefined : { data: describe(connection) };
        },
        update: write,
        delete: async (_call, { name = "" }) => {
          await connections.get(name)?.plugin.close();
          connections.delete(name);
          return undefined;
        },
      },
    ],
    named,
    for: (name, role) => {
      const connection = named(name);
      if (!connection.allowedRoles.some((pattern) => allows(pattern, role))) {
        throw new InternalFailure(`"${role}" is not an allowed role`);
      }
      return connection;
    },
    changePassword: (name, password) => {
      const connection = named(name);
      const settings = { ...connection.settings, password };
      connections.set(name, { ...connection, settings, plugin: connectPostgres(settings) });
      connection.plugin.close().catch(() => undefined);
    },
    close: async () => {
      await Promise.all([...connections.values()].map((connection) => connection.plugin.close()));
    },
  };
}

function allows(pattern: string, role: string): boolean {
  return pattern.endsWith("*") ? role.startsWith(pattern.slice(0, -1)) : pattern === role;
}

function readConnection(body: JsonObject, before: Connection | undefined): Connection {
  const plugin = text(body["plugin_name"]) || (before === undefined ? "" : PLUGIN);
  if (plugin === "") throw badRequest("empty plugin name");
  if (plugin !== PLUGIN) throw badRequest(`the development Vault has only ${PLUGIN}, not "${plugin}"`);
  const settings: ConnectionSettings = {
    connectionUrl: text(body["connection_url"]) || (before?.settings.connectionUrl ?? ""),
    username: text(body["username"]) || (before?.settings.username ?? ""),
    password: text(body["password"]) || (before?.settings.password ?? ""),
    passwordAuthentication: passwordAuthentication(body, before),
    maxOpenConnections: Number(body["max_open_connections"] ?? before?.settings.maxOpenConnections ?? 4),
  };
  if (settings.connectionUrl === "")
    throw badRequest("error creating database object: connection_url cannot be empty");
  return {
    plugin: connectPostgres(settings),
    settings,
    allowedRoles:
      body["allowed_roles"] === undefined ? (before?.allowedRoles ?? []) : list(body["allowed_roles"]),
    rotationStatements: statementList(body["root_rotation_statements"]),
  };
}

function passwordAuthentication(
  body: JsonObject,
  before: Connection | undefined,
): ConnectionSettings["passwordAuthentication"] {
  const wanted =
    text(body["password_authentication"]) || before?.settings.passwordAuthentication || "password";
  if (wanted === "password" || wanted === "scram-sha-256") return wanted;
  throw badRequest(`error creating database object: '${wanted}' is not a valid password authentication type`);
}

function describe(connection: Connection): JsonObject {
  const { settings } = connection;
  return {
    allowed_roles: connection.allowedRoles,
    connection_details: {
      connection_url: settings.connectionUrl,
      max_open_connections: settings.maxOpenConnections,
      ...(settings.passwordAuthentication === "password"
        ? {}
        : { password_authentication: settings.passwordAuthentication }),
      username: settings.username,
    },
    password_policy: "",
    plugin_name: PLUGIN,
    plugin_version: "",
    root_credentials_rotate_statements: connection.rotationStatements,
    verify_connection: true,
  };
}
