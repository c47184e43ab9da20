import type { LoginMethod } from "./login-method.ts";
import { readOrRemember } from "./secret-file.ts";

/** User name and password, whoever checks them. */
const byPassword: LoginMethod["login"] = async ({ mountPath, config, dependencies, submit }) => {
  const username = config.required("username");
  const password = await readOrRemember(dependencies, {
    path: config.required("password_file_path"),
    what: "password file",
    remove: config.boolean("remove_password_after_reading", true),
    removeFollowsSymlinks: config.boolean("remove_password_follows_symlinks", false),
  });
  return await submit(`${mountPath}/login/${username}`, { password });
};

export const userpass: LoginMethod = {
  advice: "Check the user name and the password, and that the user exists at this mount.",
  login: byPassword,
};

export const ldap: LoginMethod = {
  advice: "Check the user name and the password, and that Vault reaches the directory.",
  login: byPassword,
};
