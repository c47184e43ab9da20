import type { VaultClock } from "./clock.ts";
import type { Expirations } from "./expirations.ts";
import type { LeaseStore } from "./leases.ts";
import type { MountTable } from "./mounts.ts";
import type { Policy } from "./policies.ts";
import type { Quotas } from "./quotas.ts";
import type { TokenStore } from "./tokens.ts";
import type { Wrapping } from "./wrapping.ts";

/** Everything one development Vault knows. Its parts share this and nothing else. */
export interface Core {
  readonly clock: VaultClock;
  readonly expirations: Expirations;
  readonly leases: LeaseStore;
  readonly tokens: TokenStore;
  readonly policies: Map<string, Policy>;
  readonly mounts: MountTable;
  readonly wrapping: Wrapping;
  readonly quotas: Quotas;
  readonly identity: ClusterIdentity;
  readonly unsealKey: string;
  sealed: boolean;
}

export interface ClusterIdentity {
  readonly version: string;
  readonly clusterName: string;
  readonly clusterId: string;
}
