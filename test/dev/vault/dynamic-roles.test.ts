import { describe, expect, it } from "vitest";
import type { Call } from "../../../src/dev/vault/call.ts";
import { createCore } from "../../../src/dev/vault/create-core.ts";
import type { Connection, Connections } from "../../../src/dev/vault/database/connections.ts";
import { dynamicRoleRoutes } from "../../../src/dev/vault/database/dynamic-roles.ts";
import type { PostgresPlugin } from "../../../src/dev/vault/database/postgres-plugin.ts";
import { createRouter } from "../../../src/dev/vault/router.ts";
import { createManualClock } from "./manual-clock.ts";

function connectionsOf(plugin: PostgresPlugin): Connections {
  const connection: Connection = {
    plugin,
    settings: {
      connectionUrl: "",
      username: "",
      password: "",
      maxOpenConnections: 1,
      passwordAuthentication: "password",
    },
    allowedRoles: ["*"],
    rotationStatements: [],
  };
  const named = (): Connection => connection;
  return { routes: [], named, for: named, changePassword: () => undefined, close: async () => undefined };
}

describe("A login that is being made when its token dies", () => {
  it("is dropped again, and nobody gets to see it", async () => {
    const core = createCore(createManualClock(), "root");
    const created = Promise.withResolvers<void>();
    const users = new Set<string>();
    const plugin: PostgresPlugin = {
      verify: async () => undefined,
      createUser: async ({ username }) => {
        users.add(username);
        await created.promise;
      },
      extendUser: async () => undefined,
      changePassword: async () => undefined,
      dropUser: async (username) => void users.delete(username),
      close: async () => undefined,
    };
    const connections = connectionsOf(plugin);
    const engine = createRouter(dynamicRoleRoutes(core, connections));
    const limits = { ttl: 60, maxTtl: 0, period: 0, explicitMaxTtl: 0 };
    const request = { policies: [], displayName: "app", path: "auth/token/create", limits, renewable: true };
    const { token } = core.tokens.create(request);
    const call = (operation: Call["operation"], path: string, body: Call["body"] = {}): Call => ({
      operation,
      path,
      fullPath: `database/${path}`,
      body,
      query: new URLSearchParams(),
      wrapTtlSeconds: 0,
      token,
    });
    await engine.handle(call("update", "roles/app", { db_name: "any", creation_statements: "CREATE" }));
    const answer = engine.handle(call("read", "creds/app"));
    expect(users.size).toBe(1);
    core.tokens.revoke(token);
    created.resolve();
    await expect(answer).rejects.toMatchObject({ status: 403 });
    expect(users.size).toBe(0);
    expect(core.leases.idsUnder("database/")).toEqual([]);
  });
});
