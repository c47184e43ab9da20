import type { Backend } from "../call.ts";
import type { Core } from "../core.ts";
import { createRouter } from "../router.ts";
import { capabilityRoutes } from "./capabilities.ts";
import { leaseRoutes } from "./leases.ts";
import { type BackendFactory, mountRoutes } from "./mounts.ts";
import { policyRoutes } from "./policies.ts";
import { quotaRoutes } from "./quotas.ts";
import { seal } from "./status.ts";
import { wrappingRoutes } from "./wrapping.ts";

/** `sys/`: everything about the Vault itself. */
export function createSystemBackend(core: Core, create: BackendFactory): Backend {
  return createRouter([
    ...leaseRoutes(core),
    ...policyRoutes(core),
    ...mountRoutes(core, create),
    ...wrappingRoutes(core),
    ...capabilityRoutes(core),
    ...quotaRoutes(core),
    {
      pattern: "seal",
      update: () => {
        seal(core);
        return undefined;
      },
    },
  ]);
}
