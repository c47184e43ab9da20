import type { VaultAuthConfig } from "../connection.ts";
import type { CallOptions } from "../operations.ts";
import type { VaultAuth } from "../response.ts";
import { approle } from "./approle.ts";
import { aws } from "./aws.ts";
import { azure } from "./azure.ts";
import { cert } from "./cert.ts";
import { gcp } from "./gcp.ts";
import { jwt } from "./jwt.ts";
import { kubernetes } from "./kubernetes.ts";
import {
  type LoginDependencies,
  LoginError,
  type LoginMethod,
  readLoginConfig,
  requireToken,
  withAdvice,
} from "./login-method.ts";
import { ldap, userpass } from "./password.ts";
import { tokenFile } from "./token-file.ts";

/** Every way to log in, by Vault Agent's name of it. */
const METHODS: ReadonlyMap<string, LoginMethod> = new Map([
  ["kubernetes", kubernetes],
  ["jwt", jwt],
  ["approle", approle],
  ["cert", cert],
  ["token_file", tokenFile],
  ["userpass", userpass],
  ["ldap", ldap],
  ["aws", aws],
  ["gcp", gcp],
  ["azure", azure],
]);

/** The names `login` takes as `type`. */
export const LOGIN_METHODS: readonly string[] = [...METHODS.keys()];

function methodOf(type: string): LoginMethod {
  const method = METHODS.get(type);
  if (method) return method;
  throw new LoginError(
    `Auth method ${JSON.stringify(type)} is not known; use one of ${LOGIN_METHODS.join(", ")}.`,
    { retryable: false },
  );
}

function limitedUses(uses: number): string {
  return (
    `The token of this login may be used ${uses} times. With the last of them Vault revokes it, and every lease ` +
    "made with it: set token_num_uses of its role to 0."
  );
}

/**
 * Logs in once, with credentials read for this login.
 * @throws LoginError when the configuration or the credentials are at fault.
 * @throws VaultError when Vault refuses or cannot be reached.
 */
export async function login(auth: VaultAuthConfig, dependencies: LoginDependencies): Promise<VaultAuth> {
  const method = methodOf(auth.type);
  const callOptions: CallOptions = {
    ...(auth.namespace === "" ? {} : { namespace: auth.namespace }),
    ...(dependencies.signal === undefined ? {} : { signal: dependencies.signal }),
  };
  try {
    const granted = await method.login({
      mountPath: auth.mountPath.replace(/^\/+|\/+$/g, "") || `auth/${auth.type}`,
      config: readLoginConfig(auth),
      dependencies,
      callOptions,
      async submit(path, body, client = dependencies.client) {
        const response = await client.send({ method: "POST", path, body, ...callOptions });
        return requireToken(response.auth, path);
      },
    });
    if (granted.numUses > 0) dependencies.warn(limitedUses(granted.numUses));
    return granted;
  } catch (error) {
    throw withAdvice(error, method.advice);
  }
}
