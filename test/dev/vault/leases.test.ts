import { beforeEach, describe, expect, it } from "vitest";
import { createExpirations, type Expirations } from "../../../src/dev/vault/expirations.ts";
import { createLeaseStore, type Lease, type LeaseStore } from "../../../src/dev/vault/leases.ts";
import { createTokenStore, type TokenStore } from "../../../src/dev/vault/tokens.ts";
import { createManualClock, type ManualClock } from "./manual-clock.ts";

const MINUTE = 60_000;
const DAY = 1440 * MINUTE;
const HOUR_LIMITS = { ttl: 3600, maxTtl: 86_400, period: 0, explicitMaxTtl: 0 };

describe("Leases", () => {
  let clock: ManualClock;
  let expirations: Expirations;
  let leases: LeaseStore;
  let tokens: TokenStore;
  let revoked: string[];
  let refusing: boolean;

  beforeEach(() => {
    clock = createManualClock();
    expirations = createExpirations(clock);
    leases = createLeaseStore(clock, expirations);
    tokens = createTokenStore(clock, expirations, leases);
    revoked = [];
    refusing = false;
  });

  function lease(name: string, tokenId = "token", limits = HOUR_LIMITS): Lease {
    return leases.create(`engine/${name}`, tokenId, limits, {
      renew: async () => limits,
      revoke: async () => {
        if (refusing) throw new Error("the database is away");
        revoked.push(name);
      },
    });
  }
  function token(parentId?: string, ttl = 3600) {
    const limits = { ...HOUR_LIMITS, ttl };
    const request = {
      parentId,
      policies: [],
      displayName: "",
      path: "auth/token/create",
      limits,
      renewable: true,
    };
    return tokens.create(request).token;
  }

  it("end at their TTL and not before", async () => {
    lease("one");
    clock.advance(60 * MINUTE - 1);
    expect(revoked).toEqual([]);
    clock.advance(1);
    await leases.settled();
    expect(revoked).toEqual(["one"]);
  });

  it("live for a day of renewals, and end there", async () => {
    const { id } = lease("one");
    for (let minute = 30; minute < 1440; minute += 30) {
      clock.advance(30 * MINUTE);
      await leases.renew(id, 0);
    }
    expect(revoked).toEqual([]);
    clock.advance(30 * MINUTE);
    await leases.settled();
    expect(revoked).toEqual(["one"]);
  });

  it("may be longer than the longest timer", async () => {
    lease("long", "token", { ttl: 30 * 86_400, maxTtl: 0, period: 0, explicitMaxTtl: 0 });
    clock.advance(30 * DAY - 1);
    expect(revoked).toEqual([]);
    clock.advance(1);
    await leases.settled();
    expect(revoked).toEqual(["long"]);
  });

  it("are revoked later when their origin is away, ever more slowly", async () => {
    const { id } = lease("one");
    refusing = true;
    leases.revoke(id);
    await leases.settled();
    await expect(leases.renew(id, 0)).rejects.toMatchObject({ errors: ["lease expired"] });
    refusing = false;
    clock.advance(19_999);
    await leases.settled();
    expect(revoked).toEqual([]);
    clock.advance(1);
    await leases.settled();
    expect(revoked).toEqual(["one"]);
    expect(leases.find(id)).toBeUndefined();
  });

  it("are given up after six attempts, and can still be revoked by hand", async () => {
    const { id } = lease("one");
    refusing = true;
    leases.revoke(id);
    for (let attempt = 1; attempt < 6; attempt += 1) {
      await leases.settled();
      clock.advance(DAY);
    }
    await leases.settled();
    await expect(leases.renew(id, 0)).rejects.toMatchObject({
      errors: ["lease is expired and has failed previous revocation attempts"],
    });
    refusing = false;
    await leases.revokeNow(id);
    expect(revoked).toEqual(["one"]);
  });

  it("stay as they were when a revocation that was waited for fails", async () => {
    const { id, expiresAt } = lease("one");
    refusing = true;
    await expect(leases.revokeNow(id)).rejects.toMatchObject({
      status: 400,
      errors: ["failed to revoke entry: resp: (*logical.Response)(nil) err: the database is away"],
    });
    expect(leases.find(id)?.expiresAt).toBe(expiresAt);
  });

  it("die with their token, and with every token that one descends from", async () => {
    const parent = token();
    const child = token(parent.id);
    const stranger = token();
    lease("of child", child.id);
    lease("of stranger", stranger.id);
    tokens.revoke(parent);
    await leases.settled();
    expect(revoked).toEqual(["of child"]);
    expect([parent, child, stranger].map(({ id }) => tokens.find(id) !== undefined)).toEqual([
      false,
      false,
      true,
    ]);
  });

  it("die when their token's time is up", async () => {
    const { id } = token(undefined, 60);
    lease("one", id);
    clock.advance(MINUTE);
    await leases.settled();
    expect(revoked).toEqual(["one"]);
  });

  it("do not come back when they are revoked while they are being renewed", async () => {
    const renewal = Promise.withResolvers<typeof HOUR_LIMITS>();
    const { id } = leases.create("engine/one", "token", HOUR_LIMITS, {
      renew: () => renewal.promise,
      revoke: async () => void revoked.push("one"),
    });
    const renewed = leases.renew(id, 0);
    leases.revoke(id);
    await leases.settled();
    renewal.resolve(HOUR_LIMITS);
    await expect(renewed).rejects.toMatchObject({ errors: ["lease not found"] });
    clock.advance(DAY);
    await leases.settled();
    expect(revoked).toEqual(["one"]);
  });

  it("wait while Vault is sealed, and end when it is back", async () => {
    lease("one");
    expirations.pause();
    clock.advance(DAY);
    await leases.settled();
    expect(revoked).toEqual([]);
    expirations.resume();
    clock.advance(0);
    await leases.settled();
    expect(revoked).toEqual(["one"]);
  });
});
