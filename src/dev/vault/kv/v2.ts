import { isJsonObject, type JsonObject, type JsonValue } from "../../../json.ts";
import { type Answer, type Backend, type Call, children, keys, type MaybeAnswer, object } from "../call.ts";
import type { VaultClock } from "../clock.ts";
import { badRequest, unsupportedOperation } from "../refusal.ts";
import { folder } from "./v1.ts";

interface Version {
  readonly number: number;
  readonly createdAt: number;
  data: JsonObject | undefined;
  deletedAt: number | undefined;
  destroyed: boolean;
}

interface Entry {
  readonly versions: Map<number, Version>;
  readonly createdAt: number;
  updatedAt: number;
  current: number;
  customMetadata: JsonObject | null;
}

/** Versions kept when neither mount nor entry says otherwise. */
const MAX_VERSIONS = 10;

const INVALID_PATH =
  "Invalid path for a versioned K/V secrets engine. See the API docs for the appropriate API endpoints to use. " +
  "If using the Vault CLI, use 'vault kv get' for this operation.";

/** Key-value engine, version 2: versioned values below `data/`, their metadata below `metadata/`. */
export function createKv2(clock: VaultClock): Backend {
  const entries = new Map<string, Entry>();
  return {
    exists: (call) => entries.has(call.path.slice(call.path.indexOf("/") + 1)),
    handle: (call: Call): MaybeAnswer => {
      const [area = "", ...rest] = call.path.split("/");
      const name = rest.join("/");
      if (area === "data") return handleData(entries, name, call, clock.now());
      if (area === "metadata") return handleMetadata(entries, name, call, clock.now());
      const change = VERSION_CHANGES.get(area);
      if (change === undefined) return { status: 404, warnings: [INVALID_PATH] };
      for (const version of askedVersions(entries.get(name), call.body["versions"])) {
        change(version, clock.now());
      }
      return undefined;
    },
  };
}

type VersionChange = (version: Version, now: number) => void;

/** `delete/`, `undelete/` and `destroy/` with `{"versions": [1, 2]}`. */
const VERSION_CHANGES: ReadonlyMap<string, VersionChange> = new Map<string, VersionChange>([
  [
    "delete",
    (version, now) => {
      version.deletedAt ??= now;
    },
  ],
  [
    "undelete",
    (version) => {
      if (!version.destroyed) version.deletedAt = undefined;
    },
  ],
  [
    "destroy",
    (version) => {
      version.destroyed = true;
      version.data = undefined;
    },
  ],
]);

function askedVersions(entry: Entry | undefined, versions: JsonValue | undefined): readonly Version[] {
  const numbers = Array.isArray(versions) ? versions.map(Number) : [];
  if (numbers.length === 0) throw badRequest("no version number provided");
  return numbers.flatMap((number) => entry?.versions.get(number) ?? []);
}

function handleData(entries: Map<string, Entry>, name: string, call: Call, now: number): MaybeAnswer {
  switch (call.operation) {
    case "read":
      return readVersion(entries.get(name), Number(call.query.get("version") ?? 0));
    case "update":
      return writeVersion(entries, name, call.body, now);
    case "delete": {
      const entry = entries.get(name);
      const latest = entry?.versions.get(entry.current);
      if (latest !== undefined) latest.deletedAt ??= now;
      return undefined;
    }
    default:
      throw unsupportedOperation();
  }
}

function readVersion(entry: Entry | undefined, asked: number): MaybeAnswer {
  const version = entry?.versions.get(asked === 0 ? entry.current : asked);
  if (entry === undefined || version === undefined) return undefined;
  const gone = version.destroyed || version.deletedAt !== undefined;
  const metadata = {
    ...describeVersion(version),
    custom_metadata: entry.customMetadata,
    version: version.number,
  };
  const data = gone ? null : (version.data ?? null);
  return { data: { data, metadata }, ...(gone ? { status: 404 } : {}) };
}

function writeVersion(entries: Map<string, Entry>, name: string, body: JsonObject, now: number): Answer {
  const { data } = body;
  if (!isJsonObject(data)) throw badRequest("no data provided");
  const entry = entries.get(name) ?? newEntry(now);
  const cas = object(body["options"])["cas"];
  if (cas !== undefined && Number(cas) !== entry.current) {
    throw badRequest("check-and-set parameter did not match the current version");
  }
  const version: Version = {
    number: entry.current + 1,
    createdAt: now,
    data,
    deletedAt: undefined,
    destroyed: false,
  };
  entry.current = version.number;
  entry.updatedAt = now;
  entry.versions.set(version.number, version);
  entry.versions.delete(version.number - MAX_VERSIONS);
  entries.set(name, entry);
  const described = describeVersion(version);
  return { data: { ...described, custom_metadata: entry.customMetadata, version: version.number } };
}

function newEntry(now: number): Entry {
  return { versions: new Map(), createdAt: now, updatedAt: now, current: 0, customMetadata: null };
}

function describeVersion(version: Version): JsonObject {
  return {
    created_time: new Date(version.createdAt).toISOString(),
    deletion_time: version.deletedAt === undefined ? "" : new Date(version.deletedAt).toISOString(),
    destroyed: version.destroyed,
  };
}

function handleMetadata(entries: Map<string, Entry>, name: string, call: Call, now: number): MaybeAnswer {
  const entry = entries.get(name);
  switch (call.operation) {
    case "read":
      return entry === undefined ? undefined : { data: describeEntry(entry) };
    case "list":
      return keys(children(entries.keys(), folder(name)));
    case "delete":
      entries.delete(name);
      return undefined;
    case "update": {
      const changed = entry ?? newEntry(now);
      const custom = call.body["custom_metadata"];
      if (isJsonObject(custom)) changed.customMetadata = custom;
      entries.set(name, changed);
      return undefined;
    }
    default:
      throw unsupportedOperation();
  }
}

function describeEntry(entry: Entry): JsonObject {
  const numbers = [...entry.versions.keys()];
  const versions = [...entry.versions].map(([number, version]) => [String(number), describeVersion(version)]);
  return {
    cas_required: false,
    created_time: new Date(entry.createdAt).toISOString(),
    current_version: entry.current,
    custom_metadata: entry.customMetadata,
    delete_version_after: "0s",
    max_versions: 0,
    oldest_version: entry.current > MAX_VERSIONS ? Math.min(...numbers) : 0,
    updated_time: new Date(entry.updatedAt).toISOString(),
    versions: Object.fromEntries(versions),
  };
}
