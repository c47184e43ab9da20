import type { IncomingMessage } from "node:http";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import type { Operation } from "./call.ts";
import { parseDuration } from "./durations.ts";
import { badRequest, VaultRefusal } from "./refusal.ts";

/** One HTTP request, read. */
export interface ApiRequest {
  readonly method: string;
  readonly operation: Operation;
  /** Without `/v1/`. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: JsonObject;
  /** `""`: none was sent. */
  readonly token: string;
  /** 0: not to be wrapped. */
  readonly wrapTtlSeconds: number;
}

/** Vault's own limit of a request's body. */
const BODY_LIMIT_BYTES = 33_554_432;

/** @throws VaultRefusal for a path outside the API, an unknown method or a body that is no JSON object. */
export async function readRequest(incoming: IncomingMessage): Promise<ApiRequest> {
  const url = new URL(incoming.url ?? "/", "http://vault");
  if (!url.pathname.startsWith("/v1/")) throw new VaultRefusal(404, []);
  const method = incoming.method ?? "GET";
  return {
    method,
    operation: operationOf(method, url.searchParams),
    path: decodePath(url.pathname.slice("/v1/".length)),
    query: url.searchParams,
    body: parseBody(await readBody(incoming)),
    token: tokenOf(incoming),
    wrapTtlSeconds: wrapTtlOf(headerOf(incoming, "x-vault-wrap-ttl")),
  };
}

function decodePath(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    throw badRequest("invalid URL escape");
  }
}

function operationOf(method: string, query: URLSearchParams): Operation {
  switch (method) {
    case "GET":
    case "HEAD":
      return query.get("list") === "true" ? "list" : "read";
    case "LIST":
      return "list";
    case "POST":
    case "PUT":
      return "update";
    case "DELETE":
      return "delete";
    case "PATCH":
      return "patch";
    default:
      throw new VaultRefusal(405, []);
  }
}

function headerOf(incoming: IncomingMessage, name: string): string {
  const value = incoming.headers[name];
  return typeof value === "string" ? value : "";
}

function wrapTtlOf(header: string): number {
  const seconds = parseDuration(header);
  if (seconds !== undefined) return seconds;
  throw badRequest(`error parsing X-Vault-Wrap-TTL header: time: invalid duration "${header}"`);
}

function tokenOf(incoming: IncomingMessage): string {
  const bearer = /^Bearer (.+)$/.exec(headerOf(incoming, "authorization"))?.[1] ?? "";
  return headerOf(incoming, "x-vault-token") || bearer;
}

async function readBody(incoming: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of incoming) {
    const bytes = Buffer.from(chunk);
    length += bytes.length;
    if (length > BODY_LIMIT_BYTES) throw new VaultRefusal(413, ["http: request body too large"]);
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString("utf8");
}

function parseBody(text: string): JsonObject {
  if (text.trim() === "") return {};
  let value: JsonValue;
  try {
    value = JSON.parse(text);
  } catch {
    throw new VaultRefusal(400, ["error parsing JSON"]);
  }
  if (isJsonObject(value)) return value;
  const kind = Array.isArray(value) ? "array" : typeof value;
  throw new VaultRefusal(400, [
    `error parsing JSON: failed to parse JSON input: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
  ]);
}
