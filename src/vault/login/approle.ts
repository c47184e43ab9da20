import { unwrap } from "../operations.ts";
import { LoginError, type LoginMethod, type LoginRequest } from "./login-method.ts";
import { readOrRemember } from "./secret-file.ts";

/**
 * Trades a wrapping token for the secret ID in it. A token that somebody else wrapped is told by its
 * creation path, and is not used.
 */
async function unwrapSecretId(
  { dependencies, callOptions }: LoginRequest,
  wrapToken: string,
  creationPath: string,
): Promise<string> {
  const { client } = dependencies;
  const lookup = await client.send({
    method: "POST",
    path: "sys/wrapping/lookup",
    token: wrapToken,
    body: { token: wrapToken },
    ...callOptions,
  });
  const found = lookup.data?.creation_path;
  if (found !== creationPath) {
    const was = typeof found === "string" ? JSON.stringify(found) : "unknown";
    throw new LoginError(
      `The wrapped secret ID was created at ${was}, not at ${JSON.stringify(creationPath)}: it may have been ` +
        "replaced on its way. It was not used; find out who wrote the secret ID file.",
      { retryable: false },
    );
  }
  const secretId = (await unwrap(client, wrapToken, callOptions)).data?.secret_id;
  if (typeof secretId === "string" && secretId !== "") return secretId;
  throw new LoginError("The wrapping token in the secret ID file wraps no secret_id. Wrap a new secret ID.", {
    retryable: false,
  });
}

/** Role ID and secret ID from files; the secret ID plain or response-wrapped. */
export const approle: LoginMethod = {
  advice:
    "Check the role ID, and that the secret ID is unused, not expired and may be used from the pod's address.",
  async login(request) {
    const { mountPath, config, dependencies, submit } = request;
    const roleId = await readOrRemember(dependencies, {
      path: config.required("role_id_file_path"),
      what: "role ID file",
      remove: false,
    });
    const path = config.optional("secret_id_file_path");
    if (path === "") return await submit(`${mountPath}/login`, { role_id: roleId });
    const creationPath = config.optional("secret_id_response_wrapping_path");
    const secretId = await readOrRemember(
      dependencies,
      { path, what: "secret ID file", remove: config.boolean("remove_secret_id_file_after_reading", true) },
      async (text) => (creationPath === "" ? text : await unwrapSecretId(request, text, creationPath)),
    );
    return await submit(`${mountPath}/login`, { role_id: roleId, secret_id: secretId });
  },
};
