import type { JsonObject } from "../../json.ts";
import type { Backend } from "./call.ts";
import { newUuid, shortHex } from "./random.ts";
import { badRequest } from "./refusal.ts";

export type MountKind = "secret" | "auth";

/** A backend at a path, with what `sys/mounts` and `sys/auth` tell of it. */
export interface Mount {
  readonly kind: MountKind;
  /** With a trailing slash, and with `auth/` for auth methods, e.g. `auth/kubernetes/`. */
  readonly path: string;
  readonly type: string;
  readonly description: string;
  readonly options: JsonObject | null;
  readonly accessor: string;
  readonly uuid: string;
  readonly backend: Backend;
}

export interface MountTable {
  /** The mount that serves a full path. */
  find(fullPath: string): Mount | undefined;
  all(kind: MountKind): readonly Mount[];
  /** @throws VaultRefusal 400 when the path is taken. */
  add(mount: Pick<Mount, "kind" | "path" | "type" | "description" | "options" | "backend">): Mount;
  remove(path: string): Mount | undefined;
}

export function createMountTable(): MountTable {
  const mounts = new Map<string, Mount>();
  return {
    find: (fullPath) => {
      const serving = [...mounts.values()].filter((mount) => `${fullPath}/`.startsWith(mount.path));
      return serving.sort((left, right) => left.path.length - right.path.length).at(-1);
    },
    all: (kind) => [...mounts.values()].filter((mount) => mount.kind === kind),
    add: (request) => {
      if (mounts.has(request.path)) {
        throw badRequest(`path is already in use at ${request.path.replace(/^auth\//, "")}`);
      }
      const prefix = request.kind === "auth" ? "auth_" : "";
      const mount = { ...request, accessor: `${prefix}${request.type}_${shortHex()}`, uuid: newUuid() };
      mounts.set(mount.path, mount);
      return mount;
    },
    remove: (path) => {
      const mount = mounts.get(path);
      mounts.delete(path);
      return mount;
    },
  };
}

/** A mount as Vault shows it. Without TTLs of its own it shows 0, or on request Vault's defaults. */
export function describeMount(mount: Mount, leaseTtlSeconds: number): JsonObject {
  return {
    accessor: mount.accessor,
    config: {
      default_lease_ttl: leaseTtlSeconds,
      force_no_cache: false,
      max_lease_ttl: leaseTtlSeconds,
      ...(mount.kind === "auth" ? { token_type: "default-service" } : {}),
    },
    description: mount.description,
    external_entropy_access: false,
    local: false,
    options: mount.options,
    plugin_version: "",
    running_plugin_version: "",
    running_sha256: "",
    seal_wrap: false,
    type: mount.type,
    uuid: mount.uuid,
  };
}
