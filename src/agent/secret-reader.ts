import type { Dependency } from "../templates/index.ts";
import { VaultError } from "../vault/error.ts";
import type { VaultClient, VaultResponse } from "../vault/response.ts";
import type { StoredReading } from "./secret-store.ts";

/** Loaded only when the pod has templates. */
type Templates = typeof import("../templates/index.ts");

/** Asked by a template engine that wants to know what kind of mount a path lies in. */
const MOUNT_LOOKUP = "sys/internal/ui/mounts/";

/**
 * What has nothing of Vault's envelope is no secret, however well it may parse: a proxy's own page, say. Paths
 * under `sys/` may answer without one.
 */
function checkOrigin(answer: VaultResponse, { path }: Dependency, { address }: VaultClient): void {
  const { requestId, data, auth, wrapToken, leaseId } = answer;
  const isVaults =
    requestId !== "" || leaseId !== "" || [data, auth, wrapToken].some((part) => part !== null);
  if (isVaults || path.startsWith("sys/")) return;
  throw new VaultError("protocol", `What Vault at ${address} answered to the read of ${path} is no secret`, {
    status: answer.status,
    fix: "Check that the address is Vault's and that no proxy answers in its place.",
  });
}

/**
 * Reads a dependency with a token.
 * @param templates undefined: there is no template, and the path is read as it is.
 * @throws VaultError, NoSecretError
 */
export async function readDependency(
  dependency: Dependency,
  token: string,
  client: VaultClient,
  templates: Templates | undefined,
): Promise<StoredReading> {
  if (!templates) {
    const answer = await client.send({ method: "GET", path: dependency.path, token });
    checkOrigin(answer, dependency, client);
    return { dependency, answer, value: undefined };
  }
  const send = (
    request: Parameters<Parameters<Templates["fetchDependency"]>[1]>[0],
  ): Promise<VaultResponse> => client.send({ ...request, token });
  const { response, value } = await templates.fetchDependency(dependency, send);
  if (response) checkOrigin(response, dependency, client);
  return { dependency, answer: response, value };
}

/** A saved reading as templates see it: read again from the answer that was kept. */
export async function restoreReading(
  saved: { readonly dependency: Dependency; readonly answer?: VaultResponse | undefined },
  templates: Templates | undefined,
): Promise<StoredReading> {
  const { dependency, answer } = saved;
  if (!templates) return { dependency, answer, value: undefined };
  const replay = async (request: { readonly path: string }): Promise<VaultResponse> => {
    if (answer && !request.path.startsWith(MOUNT_LOOKUP)) return answer;
    throw new VaultError("not-found", `${request.path} was not kept`, { status: 404 });
  };
  const { value } = await templates.fetchDependency(dependency, replay, { now: () => 0 });
  return { dependency, answer, value };
}
