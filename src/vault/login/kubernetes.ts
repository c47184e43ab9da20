import type { LoginMethod } from "./login-method.ts";
import { readSecret } from "./secret-file.ts";

const SERVICE_ACCOUNT_TOKEN = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/** The pod's service-account token, read anew at every login: kubelet replaces it before it expires. */
export const kubernetes: LoginMethod = {
  advice:
    "Check that the role exists at this mount and is bound to the pod's service account and namespace, that the " +
    "token's audience is the role's, and that Vault may ask this cluster to review tokens.",
  async login({ mountPath, config, dependencies, submit }) {
    const role = config.required("role");
    const path = config.optional("token_path") || SERVICE_ACCOUNT_TOKEN;
    const jwt = await readSecret(dependencies, path, "service-account token");
    return await submit(`${mountPath}/login`, { role, jwt });
  },
};
