import { KeycardError } from "../../errors.ts";
import type { RunningVault } from "../running-vault.ts";
import { vaultApi } from "../vault-api.ts";

const PREFIX = "database/creds/app-role";

/** What the demo does with Vault's leases as the operator, past the agent. */
export interface LeaseDesk {
  /** Ids of the leases of `database/creds/app-role` that live now. */
  list(): Promise<readonly string[]>;
  revoke(leaseId: string): Promise<void>;
}

export function leaseDesk(vault: RunningVault): LeaseDesk {
  const api = vaultApi(vault.address, vault.rootToken);
  return {
    async list() {
      const answer = await api.call("LIST", `sys/leases/lookup/${PREFIX}`);
      if (answer.status === 404) return [];
      const data = answer.body["data"];
      const keys = typeof data === "object" && data !== null && "keys" in data ? data.keys : undefined;
      if (answer.status >= 300 || !Array.isArray(keys)) {
        throw new KeycardError("KEYCARD_DEV_LEASES", `Vault answered ${answer.status} to a list of leases.`);
      }
      return keys.map((key) => `${PREFIX}/${String(key)}`);
    },
    async revoke(leaseId) {
      await api.must("PUT", "sys/leases/revoke", { lease_id: leaseId, sync: true });
    },
  };
}
