import type { LoginMethod } from "./login-method.ts";
import { readOrRemember } from "./secret-file.ts";

/** A JWT that something else put into a file. As with Vault Agent the file is removed unless told otherwise. */
export const jwt: LoginMethod = {
  advice:
    "Check that the role exists at this mount, that it is bound to the token's issuer, audience and claims, and " +
    "that the token has not expired.",
  async login({ mountPath, config, dependencies, submit }) {
    const role = config.required("role");
    const token = await readOrRemember(dependencies, {
      path: config.required("path"),
      what: "JWT file",
      remove: config.boolean("remove_jwt_after_reading", true),
      removeFollowsSymlinks: config.boolean("remove_jwt_follows_symlinks", false),
    });
    return await submit(`${mountPath}/login`, { role, jwt: token });
  },
};
