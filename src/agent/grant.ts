import type { JsonObject, JsonValue } from "../json.ts";
import type { Grant } from "../leases/index.ts";
import type { VaultResponse } from "../vault/response.ts";

function numberIn(data: JsonObject, name: string): number | undefined {
  const value = Object.hasOwn(data, name) ? data[name] : undefined;
  if (typeof value === "string" && /^\d+$/.test(value)) return Number(value);
  return typeof value === "number" && Number.isFinite(value) ? value : undefined;
}

/** A static role of a database or LDAP engine tells when Vault last changed its password, and when it will. */
function rotationOf(data: JsonObject): number | undefined {
  return typeof data["last_vault_rotation"] === "string" ? numberIn(data, "ttl") : undefined;
}

/** Seconds that a certificate from the PKI engine is still good for: `expiration` is seconds since 1970. */
function certificateLife(data: JsonObject, nowMs: number): number | undefined {
  const expiration = numberIn(data, "expiration");
  if (typeof data["certificate"] !== "string" || expiration === undefined) return undefined;
  return Math.max(1, expiration - nowMs / 1000);
}

/**
 * What kind of life an answer of Vault has. A lease duration without a lease, as key-value version 1 has it,
 * is a hint for caches and no end.
 * @param nowMs milliseconds since 1970.
 */
export function grantOf(response: VaultResponse, nowMs: number): Grant {
  if (response.leaseId !== "") {
    return {
      kind: "lease",
      leaseId: response.leaseId,
      durationSeconds: response.leaseDurationSeconds,
      renewable: response.renewable,
    };
  }
  if (response.auth !== null) {
    const lifetimeSeconds = response.auth.leaseDurationSeconds;
    return lifetimeSeconds > 0 ? { kind: "expiring", lifetimeSeconds } : { kind: "static" };
  }
  const data = response.data ?? {};
  const nextRotationSeconds = rotationOf(data);
  if (nextRotationSeconds !== undefined) return { kind: "rotated", nextRotationSeconds };
  const lifetimeSeconds = certificateLife(data, nowMs);
  if (lifetimeSeconds !== undefined) return { kind: "expiring", lifetimeSeconds };
  return { kind: "static" };
}

/** Whether two answers hold the same secret. A static role's countdown to its rotation is no part of it. */
export function isSameSecret(older: VaultResponse, newer: VaultResponse): boolean {
  const essence = (response: VaultResponse): string => {
    const entries: readonly (readonly [string, JsonValue])[] = Object.entries(response.data ?? {});
    const rotates = rotationOf(response.data ?? {}) !== undefined;
    return JSON.stringify(rotates ? entries.filter(([name]) => name !== "ttl") : entries);
  };
  return essence(older) === essence(newer);
}
