import { messageOf } from "../../errors.ts";
import type { VaultClock } from "./clock.ts";
import type { Expirations } from "./expirations.ts";
import { randomText } from "./random.ts";
import { badRequest, VaultRefusal } from "./refusal.ts";
import { createRevocations, type Revocable } from "./revocations.ts";
import { grantTtl, type TtlLimits } from "./ttl.ts";

/** A secret that ends, and how to prolong and end it. */
export interface Lease extends Revocable {
  /** The token it hangs on. */
  readonly tokenId: string;
  readonly issuedAt: number;
  readonly limits: TtlLimits;
  readonly secret: LeasedSecret;
  /** As of the last grant. */
  ttlSeconds: number;
  expiresAt: number;
  renewedAt: number | undefined;
}

export interface LeasedSecret {
  /** Lets it live that much longer, at its origin. Returns its limits as they are now. */
  renew(lease: Lease, incrementSeconds: number): Promise<TtlLimits>;
  revoke(): Promise<void>;
}

/** All leases on secrets. Times are milliseconds of the clock. */
export interface LeaseStore {
  create(path: string, tokenId: string, limits: TtlLimits, secret: LeasedSecret): Lease;
  find(id: string): Lease | undefined;
  /** Ids that start with `prefix`. */
  idsUnder(prefix: string): readonly string[];
  /** @throws VaultRefusal 400 when there is no such lease or it ended. */
  renew(id: string, incrementSeconds: number): Promise<{ lease: Lease; warnings: readonly string[] }>;
  /** Ends a lease from now on; the origin is told at once, and again later when that fails. */
  revoke(id: string): void;
  /** The same, but waits for the origin. @throws VaultRefusal 400 when that fails; the lease then stays. */
  revokeNow(id: string): Promise<void>;
  /** Forgets a lease whether or not its origin can be told. */
  forget(id: string): Promise<void>;
  revokeOfToken(tokenId: string): void;
  /** Resolves when no revocation is under way. */
  settled(): Promise<void>;
}

export function createLeaseStore(clock: VaultClock, expirations: Expirations): LeaseStore {
  const leases = new Map<string, Lease>();
  const forget = (lease: Lease): void => {
    leases.delete(lease.id);
    expirations.cancel(`lease/${lease.id}`);
  };
  const revocations = createRevocations<Lease>(clock, expirations, async (lease) => {
    await lease.secret.revoke();
    forget(lease);
  });
  const plan = (lease: Lease): void => {
    expirations.plan(`lease/${lease.id}`, lease.expiresAt, () => revocations.eventually(lease));
  };
  const revoke = (id: string): void => {
    const lease = leases.get(id);
    if (lease === undefined) return;
    lease.expiresAt = Math.min(lease.expiresAt, clock.now());
    revocations.eventually(lease);
  };
  return {
    create: (path, tokenId, limits, secret) => {
      const now = clock.now();
      const { seconds } = grantTtl(limits, 0, now, now);
      const lease: Lease = {
        id: `${path}/${randomText(24)}`,
        tokenId,
        issuedAt: now,
        limits,
        secret,
        ttlSeconds: seconds,
        expiresAt: now + seconds * 1000,
        renewedAt: undefined,
        revocationAttempts: 0,
        irrevocable: false,
      };
      leases.set(lease.id, lease);
      plan(lease);
      return lease;
    },
    find: (id) => leases.get(id),
    idsUnder: (prefix) => [...leases.keys()].filter((id) => id.startsWith(prefix)),
    renew: async (id, increment) => {
      const lease = renewable(leases.get(id), clock.now());
      const limits = await lease.secret.renew(lease, increment).catch((cause: unknown) => {
        throw originFailure("renew", cause);
      });
      // It may have been revoked while its origin was being told.
      renewable(leases.get(id), clock.now());
      const granted = grantTtl(limits, increment, lease.issuedAt, clock.now());
      lease.ttlSeconds = granted.seconds;
      lease.renewedAt = clock.now();
      lease.expiresAt = lease.renewedAt + granted.seconds * 1000;
      plan(lease);
      return { lease, warnings: granted.warnings };
    },
    revoke,
    revokeNow: async (id) => {
      const lease = leases.get(id);
      if (lease === undefined) return;
      await revocations.now(lease).catch((cause: unknown) => {
        throw originFailure("revoke", cause);
      });
    },
    forget: async (id) => {
      const lease = leases.get(id);
      if (lease === undefined) return;
      await revocations.now(lease).catch(() => forget(lease));
    },
    revokeOfToken: (tokenId) => {
      for (const lease of [...leases.values()]) if (lease.tokenId === tokenId) revoke(lease.id);
    },
    settled: revocations.settled,
  };
}

function renewable(lease: Lease | undefined, now: number): Lease {
  if (lease === undefined) throw badRequest("lease not found");
  if (lease.irrevocable) {
    throw badRequest("lease is expired and has failed previous revocation attempts");
  }
  if (lease.expiresAt <= now) throw badRequest("lease expired");
  return lease;
}

/** As Vault reports that the engine behind a lease could not do it. */
function originFailure(what: "renew" | "revoke", cause: unknown): VaultRefusal {
  const message = `failed to ${what} entry: resp: (*logical.Response)(nil) err: ${messageOf(cause)}`;
  return new VaultRefusal(400, [message], { cause });
}
