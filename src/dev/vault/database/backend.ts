import type { Backend } from "../call.ts";
import type { Core } from "../core.ts";
import { newPassword } from "../random.ts";
import { createRouter } from "../router.ts";
import { createConnections } from "./connections.ts";
import { dynamicRoleRoutes } from "./dynamic-roles.ts";
import { staticRoleRoutes } from "./static-roles.ts";

/** The database secrets engine with the PostgreSQL plugin, on a real PostgreSQL. */
export function createDatabaseEngine(core: Core): Backend {
  const connections = createConnections();
  return createRouter(
    [
      ...connections.routes,
      ...dynamicRoleRoutes(core, connections),
      ...staticRoleRoutes(core, connections),
      {
        pattern: "rotate-root/:name",
        update: async (_call, { name = "" }) => {
          const { plugin, settings, rotationStatements } = connections.named(name);
          const password = newPassword();
          await plugin.changePassword(settings.username, password, rotationStatements);
          connections.changePassword(name, password);
          return undefined;
        },
      },
    ],
    connections.close,
  );
}
