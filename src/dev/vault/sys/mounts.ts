import type { JsonObject } from "../../../json.ts";
import { accessOf } from "../access.ts";
import { type Answer, type Backend, type Call, object, text } from "../call.ts";
import type { Core } from "../core.ts";
import { describeMount, type Mount, type MountKind } from "../mounts.ts";
import { badRequest, permissionDenied } from "../refusal.ts";
import type { Route } from "../router.ts";
import { SYSTEM_TTL_SECONDS } from "../ttl.ts";

/** Makes the backend of a mount; undefined for a type that there is not. */
export type BackendFactory = (
  kind: MountKind,
  type: string,
  options: JsonObject,
  path: string,
) => Backend | undefined;

/** `sys/mounts`, `sys/auth`, and what a client may ask about the mount of one path. */
export function mountRoutes(core: Core, create: BackendFactory): readonly Route[] {
  return [
    ...tableRoutes(core, create, "secret"),
    ...tableRoutes(core, create, "auth"),
    { pattern: "internal/ui/mounts/*path", read: (call, { path = "" }) => preflight(core, call, path) },
  ];
}

function tableRoutes(core: Core, create: BackendFactory, kind: MountKind): readonly Route[] {
  const [area, prefix] = kind === "auth" ? ["auth", "auth/"] : ["mounts", ""];
  const pathOf = (path: string): string => `${prefix}${path.replace(/\/+$/, "")}/`;
  return [
    {
      pattern: area,
      read: () => ({
        data: Object.fromEntries(
          core.mounts.all(kind).map((mount) => [mount.path.slice(prefix.length), describeMount(mount, 0)]),
        ),
        alsoAtTop: true,
      }),
    },
    {
      pattern: `${area}/*path`,
      read: (_call, { path = "" }) => {
        const mount = core.mounts.all(kind).find((candidate) => candidate.path === pathOf(path));
        if (mount === undefined) {
          throw badRequest(
            kind === "auth" ? `No auth engine at ${path}/` : `No secret engine mount at ${path}/`,
          );
        }
        return { data: describeMount(mount, 0), alsoAtTop: true };
      },
      update: (call, { path = "" }) => {
        mountBackend(core, create, { kind, path: pathOf(path), body: call.body });
        return undefined;
      },
      delete: async (_call, { path = "" }) => {
        await unmount(core, pathOf(path));
        return undefined;
      },
    },
  ];
}

export interface MountRequest {
  readonly kind: MountKind;
  readonly path: string;
  readonly body: JsonObject;
}

/** Mounts a new backend. @throws VaultRefusal 400 for an unknown type or a taken path. */
export function mountBackend(core: Core, create: BackendFactory, { kind, path, body }: MountRequest): Mount {
  const type = text(body["type"]);
  if (type === "") throw badRequest("backend type must be specified as a string");
  const options = object(body["options"]);
  const backend = create(kind, type, options, path);
  if (backend === undefined) throw badRequest(`plugin not found in the catalog: ${type}`);
  return core.mounts.add({ kind, path, type, description: text(body["description"]), options, backend });
}

/** A mount that goes away takes its leases and tokens with it. */
async function unmount(core: Core, path: string): Promise<void> {
  for (const id of core.leases.idsUnder(path)) await core.leases.revokeNow(id);
  for (const token of core.tokens.leaseIdsUnder(path).values()) core.tokens.revoke(token);
  await core.mounts.remove(path)?.backend.close?.();
}

/** Templates ask here which version a key-value engine has. */
function preflight(core: Core, call: Call, path: string): Answer {
  const mount = core.mounts.find(path);
  const access = call.token === undefined ? undefined : accessOf(core, call.token);
  if (mount === undefined || access === undefined || !(access.root || access.reaches(mount.path))) {
    throw permissionDenied(
      `preflight capability check returned 403, please ensure client's policies grant access to path "${path.replace(/\/*$/, "/")}"`,
    );
  }
  return { data: { ...describeMount(mount, SYSTEM_TTL_SECONDS), path: mount.path } };
}
