import { lookupSelf } from "../operations.ts";
import type { LoginMethod } from "./login-method.ts";
import { readOrRemember } from "./secret-file.ts";

/** No login at all: a token that something else put into a file. */
export const tokenFile: LoginMethod = {
  advice: "Check that the token in the file is still valid and belongs to this Vault and namespace.",
  async login({ config, dependencies, callOptions }) {
    const path = config.required("token_file_path");
    const token = await readOrRemember(dependencies, { path, what: "token file", remove: false });
    const state = await lookupSelf(dependencies.client, token, callOptions);
    return {
      clientToken: token,
      accessor: state.accessor,
      policies: state.policies,
      leaseDurationSeconds: state.ttlSeconds,
      renewable: state.renewable,
      numUses: state.numUses,
    };
  },
};
