import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import type { VaultAuth, VaultResponse } from "./response.ts";

/** A body that cannot be Vault's; the message names the field and never its value. */
export class EnvelopeError extends Error {
  override readonly name = "EnvelopeError";
}

function field<T>(object: JsonObject, name: string, type: "string" | "number" | "boolean", absent: T): T {
  if (!Object.hasOwn(object, name)) return absent;
  const value = object[name];
  if (value === null) return absent;
  if (typeof value !== type) throw new EnvelopeError(`its field ${name} is no ${type}`);
  return value as T;
}

function strings(object: JsonObject, name: string): readonly string[] {
  const value = Object.hasOwn(object, name) ? object[name] : null;
  if (value === null || value === undefined) return [];
  if (!Array.isArray(value) || !value.every((text) => typeof text === "string")) {
    throw new EnvelopeError(`its field ${name} is no list of strings`);
  }
  return value;
}

function objectField(object: JsonObject, name: string): JsonObject | null {
  const value = Object.hasOwn(object, name) ? object[name] : null;
  if (value === null || value === undefined) return null;
  if (!isJsonObject(value)) throw new EnvelopeError(`its field ${name} is no object`);
  return value;
}

function readAuth(auth: JsonObject): VaultAuth {
  return {
    clientToken: field(auth, "client_token", "string", ""),
    accessor: field(auth, "accessor", "string", ""),
    policies: strings(auth, "policies"),
    leaseDurationSeconds: field(auth, "lease_duration", "number", 0),
    renewable: field(auth, "renewable", "boolean", false),
    numUses: field(auth, "num_uses", "number", 0),
  };
}

/**
 * Reads the envelope of a success answer; an empty body is one without content.
 * @throws EnvelopeError when the body is not Vault's.
 */
export function readEnvelope(status: number, body: string): VaultResponse {
  let parsed: JsonValue;
  try {
    parsed = body === "" ? {} : (JSON.parse(body) as JsonValue);
  } catch {
    throw new EnvelopeError("its body is no JSON");
  }
  if (!isJsonObject(parsed)) throw new EnvelopeError("its body is no JSON object");
  const auth = objectField(parsed, "auth");
  const wrapInfo = objectField(parsed, "wrap_info");
  return {
    status,
    requestId: field(parsed, "request_id", "string", ""),
    leaseId: field(parsed, "lease_id", "string", ""),
    leaseDurationSeconds: field(parsed, "lease_duration", "number", 0),
    renewable: field(parsed, "renewable", "boolean", false),
    data: objectField(parsed, "data"),
    auth: auth && readAuth(auth),
    wrapToken: wrapInfo && field<string | null>(wrapInfo, "token", "string", null),
    warnings: strings(parsed, "warnings"),
    body,
  };
}
