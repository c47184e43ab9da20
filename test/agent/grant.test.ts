import { describe, expect, test } from "vitest";
import { grantOf, isSameSecret } from "../../src/agent/grant.ts";
import type { JsonObject } from "../../src/json.ts";
import type { VaultResponse } from "../../src/vault/response.ts";

function answer(data: JsonObject | null, others: Partial<VaultResponse> = {}): VaultResponse {
  return {
    status: 200,
    requestId: "1",
    leaseId: "",
    leaseDurationSeconds: 0,
    renewable: false,
    data,
    auth: null,
    wrapToken: null,
    warnings: [],
    body: "",
    ...others,
  };
}

const NOW = 1_700_000_000_000;

describe("how long an answer of Vault is good for", () => {
  test("a dynamic credential: with its lease", () => {
    const lease = { leaseId: "database/creds/app/1", leaseDurationSeconds: 3600, renewable: true };
    expect(grantOf(answer({ username: "u" }, lease), NOW)).toEqual({
      kind: "lease",
      leaseId: "database/creds/app/1",
      durationSeconds: 3600,
      renewable: true,
    });
  });

  const others: readonly (readonly [string, VaultResponse, object])[] = [
    [
      "a static role: to Vault's next rotation",
      answer({ username: "u", ttl: 120, last_vault_rotation: "2026-01-01T00:00:00Z", rotation_period: 3600 }),
      { kind: "rotated", nextRotationSeconds: 120 },
    ],
    [
      "a certificate: to its expiration",
      answer({ certificate: "-----BEGIN", expiration: NOW / 1000 + 600 }),
      { kind: "expiring", lifetimeSeconds: 600 },
    ],
    [
      "a certificate that has ended: not at all",
      answer({ certificate: "-----BEGIN", expiration: 5 }),
      { kind: "expiring", lifetimeSeconds: 1 },
    ],
    [
      "key-value version 2: until it is changed",
      answer({ data: { a: "b" }, metadata: {} }),
      { kind: "static" },
    ],
    [
      "key-value version 1: the lease duration it tells is no lease",
      answer({ a: "b" }, { leaseDurationSeconds: 2_764_800 }),
      { kind: "static" },
    ],
    ["a key-value secret that has a ttl in it: until it is changed", answer({ ttl: 60 }), { kind: "static" }],
    ["nothing", answer(null), { kind: "static" }],
  ];
  test.each(others)("%s", (_name, response, grant) => {
    expect(grantOf(response, NOW)).toEqual(grant);
  });
});

describe("whether a secret changed", () => {
  const rotated = (password: string, ttl: number): VaultResponse =>
    answer({ password, ttl, last_vault_rotation: "2026-01-01T00:00:00Z" });

  test("a static role's countdown is no change, its password is", () => {
    expect(isSameSecret(rotated("a", 100), rotated("a", 50))).toBe(true);
    expect(isSameSecret(rotated("a", 1), rotated("b", 1))).toBe(false);
  });

  test("a ttl that is part of a key-value secret is", () => {
    expect(isSameSecret(answer({ ttl: 1 }), answer({ ttl: 2 }))).toBe(false);
  });
});
