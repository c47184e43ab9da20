import { timingSafeEqual } from "node:crypto";
import type { JsonObject } from "../../../json.ts";
import { text } from "../call.ts";
import type { Core } from "../core.ts";
import { badRequest } from "../refusal.ts";

/** What Vault answers without a token and even when it is sealed. */
export interface StatusAnswer {
  readonly status: number;
  readonly body: JsonObject;
}

/** The answer of an unauthenticated status endpoint; undefined when the path is none. */
export function answerStatus(
  core: Core,
  path: string,
  method: string,
  query: URLSearchParams,
  body: JsonObject,
): StatusAnswer | undefined {
  switch (path) {
    case "sys/health":
      return method === "GET" || method === "HEAD"
        ? health(core, query)
        : { status: 405, body: { errors: [] } };
    case "sys/seal-status":
      return { status: 200, body: sealStatus(core) };
    case "sys/leader":
      return { status: 200, body: leader() };
    case "sys/init":
      return method === "GET" ? { status: 200, body: { initialized: true } } : alreadyInitialised();
    case "sys/unseal":
      unseal(core, body);
      return { status: 200, body: sealStatus(core) };
    default:
      return undefined;
  }
}

function alreadyInitialised(): StatusAnswer {
  return { status: 400, body: { errors: ["Vault is already initialized"] } };
}

function health(core: Core, query: URLSearchParams): StatusAnswer {
  const wanted = query.get(core.sealed ? "sealedcode" : "activecode");
  const status = wanted === null ? (core.sealed ? 503 : 200) : Number(wanted);
  const { version, clusterId, clusterName } = core.identity;
  const replication = core.sealed ? "unknown" : "disabled";
  return {
    status,
    body: {
      initialized: true,
      sealed: core.sealed,
      standby: core.sealed,
      performance_standby: false,
      replication_performance_mode: replication,
      replication_dr_mode: replication,
      server_time_utc: Math.floor(core.clock.now() / 1000),
      version,
      enterprise: false,
      ...(core.sealed ? {} : { cluster_name: clusterName, cluster_id: clusterId }),
    },
  };
}

function sealStatus(core: Core): JsonObject {
  const { version, clusterId, clusterName } = core.identity;
  return {
    type: "shamir",
    initialized: true,
    sealed: core.sealed,
    t: 1,
    n: 1,
    progress: 0,
    nonce: "",
    version,
    migration: false,
    recovery_seal: false,
    storage_type: "inmem",
    ...(core.sealed ? {} : { cluster_name: clusterName, cluster_id: clusterId }),
  };
}

function leader(): JsonObject {
  return {
    ha_enabled: false,
    is_self: false,
    active_time: "0001-01-01T00:00:00Z",
    leader_address: "",
    leader_cluster_address: "",
    performance_standby: false,
    performance_standby_last_remote_wal: 0,
  };
}

/** Without a running clock of leases and tokens a sealed Vault ends nothing. */
export function seal(core: Core): void {
  core.sealed = true;
  core.expirations.pause();
}

function unseal(core: Core, body: JsonObject): void {
  const given = Buffer.from(text(body["key"]), "base64");
  if (given.length === 0) {
    throw badRequest("'key' must be specified in request body as JSON, or 'reset' set to true");
  }
  if (given.length < 16) throw badRequest("invalid key: key is shorter than minimum 16 bytes");
  const key = Buffer.from(core.unsealKey, "base64");
  if (given.length !== key.length || !timingSafeEqual(given, key)) {
    throw badRequest("failed to decrypt keys from storage: cipher: message authentication failed");
  }
  core.sealed = false;
  core.expirations.resume();
}
