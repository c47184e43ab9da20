import { timingSafeEqual } from "node:crypto";
import { type Backend, keys, text } from "../call.ts";
import type { Core } from "../core.ts";
import { badRequest } from "../refusal.ts";
import { createRouter } from "../router.ts";
import { entityIdOf } from "./entity.ts";
import {
  describeTokenSettings,
  issueToken,
  readTokenSettings,
  type TokenSettings,
} from "./token-settings.ts";

interface User {
  readonly password: string;
  readonly token: TokenSettings;
}

/** `auth/userpass`: names and passwords. */
export function createUserpassAuth(core: Core, mountPath: string): Backend {
  const users = new Map<string, User>();
  return createRouter([
    { pattern: "users", list: () => keys(users.keys()) },
    {
      pattern: "users/:name",
      exists: ({ name = "" }) => users.has(name),
      read: (_call, { name = "" }) => {
        const user = users.get(name);
        return user === undefined ? undefined : { data: describeTokenSettings(user.token) };
      },
      update: (call, { name = "" }) => {
        const password = text(call.body["password"]) || (users.get(name)?.password ?? "");
        if (password === "") throw badRequest("missing password");
        users.set(name.toLowerCase(), { password, token: readTokenSettings(call.body) });
        return undefined;
      },
      delete: (_call, { name = "" }) => {
        users.delete(name);
        return undefined;
      },
    },
    {
      pattern: "login/:name",
      open: true,
      update: (call, parameters) => {
        const name = (parameters["name"] ?? "").toLowerCase();
        const password = text(call.body["password"]);
        if (password === "") throw badRequest("invalid credentials");
        const user = users.get(name);
        if (user === undefined || !equal(user.password, password))
          throw badRequest("invalid username or password");
        const { token, warnings } = issueToken(core, user.token, {
          path: call.fullPath,
          displayName: `${mountPath.split("/")[1] ?? ""}-${name}`,
          meta: { username: name },
          entityId: entityIdOf(mountPath, name),
        });
        return { auth: token, warnings };
      },
    },
  ]);
}

function equal(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}
