import type { JsonObject } from "../../json.ts";
import { accessOf } from "./access.ts";
import type { Answer, Call, MaybeAnswer } from "./call.ts";
import type { Core } from "./core.ts";
import { envelope, isWrappable } from "./envelope.ts";
import type { Mount } from "./mounts.ts";
import type { Capability } from "./policies.ts";
import { deniedByPolicy, invalidToken, notFound, permissionDenied, VaultRefusal } from "./refusal.ts";
import type { ApiRequest } from "./request.ts";
import { answerStatus } from "./sys/status.ts";
import type { Token } from "./tokens.ts";

/** What goes back over HTTP; without a body: 204. */
export interface ApiResponse {
  readonly status: number;
  readonly body: JsonObject | undefined;
}

/**
 * Serves one request: seal, quotas, token, policies, backend, wrapping, envelope, in Vault's order.
 * @throws VaultRefusal for everything that is not a success.
 */
export async function respond(core: Core, request: ApiRequest): Promise<ApiResponse> {
  const status = answerStatus(core, request.path, request.method, request.query, request.body);
  if (status !== undefined) return status;
  if (core.sealed) throw new VaultRefusal(503, ["Vault is sealed"]);
  core.quotas.count(request.path);
  const mount = core.mounts.find(request.path);
  const open = mount?.backend.isOpen?.(belowMount(mount, request.path)) === true;
  const token = open ? undefined : authenticate(core, request);
  const last = token !== undefined && countUse(token);
  try {
    return await serve(core, request, mount, token);
  } finally {
    if (last) core.tokens.revoke(token);
  }
}

async function serve(
  core: Core,
  request: ApiRequest,
  mount: Mount | undefined,
  token: Token | undefined,
): Promise<ApiResponse> {
  const call: Call = {
    operation: request.operation,
    path: mount === undefined ? request.path : belowMount(mount, request.path),
    fullPath: request.path,
    body: request.body,
    query: request.query,
    wrapTtlSeconds: request.wrapTtlSeconds,
    token,
  };
  if (token !== undefined) authorise(core, token, call, mount);
  if (mount === undefined) {
    throw new VaultRefusal(404, [`no handler for route "${request.path}". route entry not found.`]);
  }
  const answer = await mount.backend.handle(call);
  return finish(core, request, call, mount, answer);
}

function belowMount(mount: Mount, path: string): string {
  return path.slice(mount.path.length);
}

function authenticate(core: Core, request: ApiRequest): Token {
  if (request.token === "") throw permissionDenied();
  // A spent or unknown wrapping token gets its own error from the endpoint that takes it.
  const token = core.tokens.find(request.token);
  if (token !== undefined) return token;
  if (request.path === "sys/wrapping/unwrap") core.wrapping.lookUp(request.token);
  throw invalidToken();
}

function authorise(core: Core, token: Token, call: Call, mount: Mount | undefined): void {
  const access = accessOf(core, token);
  if (access.root || isForEverybody(call)) return;
  const capabilities = access.capabilities(call.fullPath, call.operation === "list");
  if (!capabilities.includes(needed(call, mount))) throw deniedByPolicy();
}

/** The check is in the endpoint itself: it depends on the path asked about. */
function isForEverybody(call: Call): boolean {
  return call.fullPath.startsWith("sys/internal/ui/mounts/");
}

function needed(call: Call, mount: Mount | undefined): Capability {
  if (call.operation !== "update") return call.operation;
  return mount?.backend.exists?.(call) === false ? "create" : "update";
}

/** Whether this is the token's last use; Vault shows -1 while that lasts. */
function countUse(token: Token): boolean {
  if (token.usesLeft === 0) return false;
  token.usesLeft = token.usesLeft === 1 ? -1 : token.usesLeft - 1;
  return token.usesLeft === -1;
}

function finish(core: Core, request: ApiRequest, call: Call, mount: Mount, answer: MaybeAnswer): ApiResponse {
  if (answer === undefined) {
    if (call.operation === "read" || call.operation === "list") throw notFound();
    return { status: 204, body: undefined };
  }
  if (answer.bare !== undefined) return { status: 200, body: answer.bare };
  const status = answer.status ?? 200;
  const anonymous =
    call.token === undefined || status !== 200 || answer.wrapInfo !== undefined || isForEverybody(call);
  const body = envelope(answer, anonymous ? "" : mount.type);
  if (request.wrapTtlSeconds > 0 && status === 200 && isWrappable(answer, call)) {
    return { status, body: wrapped(core, request, answer, body) };
  }
  return { status, body };
}

function wrapped(core: Core, request: ApiRequest, answer: Answer, body: JsonObject): JsonObject {
  const wrapInfo = core.wrapping.wrap(
    body,
    request.path,
    request.wrapTtlSeconds,
    answer.auth?.accessor ?? answer.wrappedAccessor,
  );
  return envelope({ wrapInfo }, "");
}
