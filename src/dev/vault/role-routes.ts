import type { JsonObject } from "../../json.ts";
import { keys } from "./call.ts";
import type { Route } from "./router.ts";

/** How roles of one kind come in and go out. */
export interface RoleFormat<Role> {
  /**
   * The role that a write makes.
   * @param before what the write changes; undefined: nothing of that name.
   * @throws VaultRefusal for a body that makes none.
   */
  readonly parse: (body: JsonObject, before: Role | undefined) => Role;
  readonly describe: (role: Role) => JsonObject;
}

/** The paths `PATH` and `PATH/:name` at which a backend's roles are listed, read, written and deleted. */
export function roleRoutes<Role>(
  path: string,
  roles: Map<string, Role>,
  { parse, describe }: RoleFormat<Role>,
): readonly Route[] {
  return [
    { pattern: path, list: () => keys(roles.keys()) },
    {
      pattern: `${path}/:name`,
      exists: ({ name = "" }) => roles.has(name),
      read: (_call, { name = "" }) => {
        const role = roles.get(name);
        return role === undefined ? undefined : { data: describe(role) };
      },
      update: ({ body }, { name = "" }) => {
        roles.set(name, parse(body, roles.get(name)));
        return undefined;
      },
      delete: (_call, { name = "" }) => {
        roles.delete(name);
        return undefined;
      },
    },
  ];
}
