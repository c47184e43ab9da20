import type { Failure } from "../../src/leases/index.ts";

/** What the model of Vault gives out. All times in milliseconds of real (simulated) time. */
export interface VaultModelOptions {
  readonly leaseMs: number;
  readonly leaseMaxMs: number;
  readonly leaseRenewable: boolean;
  readonly tokenMs: number;
  readonly tokenMaxMs: number;
  readonly tokenRenewable: boolean;
}

interface ModelToken {
  readonly bornAt: number;
  endsAt: number;
}

export interface ModelLease {
  readonly id: string;
  readonly key: string;
  readonly tokenId: number;
  readonly bornAt: number;
  endsAt: number;
  revokedAt: number | undefined;
}

/** A refusal of the model, as a failure of the machine. */
export class ModelRefusal extends Error {
  readonly failure: Failure;

  constructor(failure: Failure) {
    super(failure.kind);
    this.failure = failure;
  }
}

/** Vault's rules for tokens and leases, and nothing else of it. */
export class VaultModel {
  readonly tokens = new Map<number, ModelToken>();
  readonly leases = new Map<string, ModelLease>();
  readonly calls: { readonly kind: string; readonly at: number }[] = [];
  logins = 0;
  forbidsRevocation = false;
  readonly #options: VaultModelOptions;

  constructor(options: VaultModelOptions) {
    this.#options = options;
  }

  login(sessionId: number, now: number): { ttlSeconds: number; renewable: boolean } {
    this.calls.push({ kind: "login", at: now });
    this.logins++;
    this.tokens.set(sessionId, { bornAt: now, endsAt: now + this.#options.tokenMs });
    return { ttlSeconds: this.#options.tokenMs / 1000, renewable: this.#options.tokenRenewable };
  }

  renewToken(sessionId: number, incrementSeconds: number, now: number): number {
    this.calls.push({ kind: "renew-token", at: now });
    const token = this.#token(sessionId, now);
    const seconds = this.#granted(token.bornAt, incrementSeconds, this.#options.tokenMaxMs, now);
    token.endsAt = now + seconds * 1000;
    return seconds;
  }

  checkToken(sessionId: number, now: number): void {
    this.calls.push({ kind: "check-token", at: now });
    this.#token(sessionId, now);
  }

  /** What a login with a token that was made before finds out about it. */
  lookUpToken(sessionId: number, now: number): { ttlSeconds: number; renewable: boolean } {
    this.calls.push({ kind: "login", at: now });
    const { endsAt } = this.#token(sessionId, now);
    return { ttlSeconds: Math.floor((endsAt - now) / 1000), renewable: this.#options.tokenRenewable };
  }

  revokeToken(sessionId: number, now: number): void {
    this.calls.push({ kind: "revoke-token", at: now });
    this.#token(sessionId, now);
    this.killToken(sessionId, now);
  }

  /** Revokes a token and all that hangs on it, whoever asks. */
  killToken(sessionId: number, now: number): void {
    this.tokens.delete(sessionId);
    for (const lease of this.leases.values()) if (lease.tokenId === sessionId) this.killLease(lease.id, now);
  }

  killLease(id: string, now: number): void {
    const lease = this.leases.get(id);
    if (lease && this.isAlive(id, now)) lease.revokedAt = now;
  }

  read(key: string, sessionId: number, now: number): { id: string; seconds: number; renewable: boolean } {
    this.calls.push({ kind: "read", at: now });
    this.#token(sessionId, now);
    const id = `${key}/${this.leases.size + 1}`;
    this.leases.set(id, {
      id,
      key,
      tokenId: sessionId,
      bornAt: now,
      endsAt: now + this.#options.leaseMs,
      revokedAt: undefined,
    });
    return { id, seconds: this.#options.leaseMs / 1000, renewable: this.#options.leaseRenewable };
  }

  renewLease(id: string, sessionId: number, incrementSeconds: number, now: number): number {
    this.calls.push({ kind: "renew-lease", at: now });
    this.#token(sessionId, now);
    const lease = this.#lease(id, now);
    const seconds = this.#granted(lease.bornAt, incrementSeconds, this.#options.leaseMaxMs, now);
    lease.endsAt = now + seconds * 1000;
    return seconds;
  }

  checkLease(id: string, sessionId: number, now: number): void {
    this.calls.push({ kind: "check-lease", at: now });
    this.#token(sessionId, now);
    this.#lease(id, now);
  }

  revokeLease(id: string, sessionId: number, now: number): void {
    this.calls.push({ kind: "revoke-lease", at: now });
    this.#token(sessionId, now);
    if (this.forbidsRevocation) throw new ModelRefusal({ kind: "denied" });
    this.killLease(id, now);
  }

  /** Whether a credential works at that time: its lease lives, and so does the token it hangs on. */
  isAlive(id: string, now: number): boolean {
    const lease = this.leases.get(id);
    const token = lease && this.tokens.get(lease.tokenId);
    if (!lease || !token) return false;
    return lease.revokedAt === undefined && lease.endsAt > now && token.endsAt > now;
  }

  alive(now: number): readonly ModelLease[] {
    return [...this.leases.values()].filter((lease) => this.isAlive(lease.id, now));
  }

  /** Vault answers in whole seconds. */
  #granted(bornAt: number, incrementSeconds: number, maxMs: number, now: number): number {
    return Math.max(0, Math.min(incrementSeconds, Math.floor((bornAt + maxMs - now) / 1000)));
  }

  #token(sessionId: number, now: number): ModelToken {
    const token = this.tokens.get(sessionId);
    if (!token || token.endsAt <= now) throw new ModelRefusal({ kind: "denied" });
    return token;
  }

  #lease(id: string, now: number): ModelLease {
    const lease = this.leases.get(id);
    if (!lease || !this.isAlive(id, now)) throw new ModelRefusal({ kind: "gone" });
    return lease;
  }
}
