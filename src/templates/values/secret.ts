import { toBytes } from "../bytes.ts";
import { FunctionError } from "../errors.ts";
import { decodeJson } from "./json-decode.ts";
import { JsonNumber } from "./json-number.ts";
import { stringOf } from "./kinds.ts";
import { compareKeys } from "./sort-keys.ts";
import { List, MapValue, NilPointer, nilList, Struct, stringList, type Value } from "./value.ts";

const SECRET = "dependency.Secret";

/** What `secret` returns for a write that Vault answered with nothing. */
export const NO_SECRET: Value = new NilPointer(`*${SECRET}`);

const text = (value: Value): string => stringOf(value) ?? "";
const seconds = (value: Value): bigint =>
  value instanceof JsonNumber && /^-?\d+$/.test(value.text) ? BigInt(value.text) : 0n;

function member(object: Value, name: string): Value {
  return object instanceof MapValue ? object.get(name) : undefined;
}

function strings(value: Value): List {
  return value instanceof List && value.items.length > 0
    ? stringList(value.items.map(text))
    : nilList("string");
}

function stringMap(value: Value): MapValue {
  const entries = value instanceof MapValue ? [...value.entries()] : [];
  return new MapValue(
    "string",
    "string",
    entries.map(([key, item]) => [key, text(item)] as const),
    entries.length === 0,
  );
}

function auth(value: Value): Value {
  if (!(value instanceof MapValue)) return new NilPointer("*dependency.SecretAuth");
  const fields = new Map<string, Value>([
    ["ClientToken", text(value.get("client_token"))],
    ["Accessor", text(value.get("accessor"))],
    ["Policies", strings(value.get("policies"))],
    ["Metadata", stringMap(value.get("metadata"))],
    ["LeaseDuration", seconds(value.get("lease_duration"))],
    ["Renewable", value.get("renewable") === true],
  ]);
  return new Struct("dependency.SecretAuth", fields, true);
}

function wrapInfo(value: Value): Value {
  if (!(value instanceof MapValue)) return new NilPointer("*dependency.SecretWrapInfo");
  const fields = new Map<string, Value>([
    ["Token", text(value.get("token"))],
    ["TTL", seconds(value.get("ttl"))],
    ["CreationTime", text(value.get("creation_time"))],
    ["WrappedAccessor", text(value.get("wrapped_accessor"))],
  ]);
  return new Struct("dependency.SecretWrapInfo", fields, true);
}

/**
 * The value that `secret` returns, from the body of Vault's answer. Numbers inside `Data` keep their digits.
 * @throws FunctionError if the body is no JSON object.
 */
export function decodeSecret(body: string): Value {
  const answer = decodeJson(toBytes(body), "json.Number");
  if (!(answer instanceof MapValue)) throw new FunctionError("the answer is not a JSON object");
  const data = answer.get("data");
  const fields = new Map<string, Value>([
    ["RequestID", text(answer.get("request_id"))],
    ["LeaseID", text(answer.get("lease_id"))],
    ["LeaseDuration", seconds(answer.get("lease_duration"))],
    ["Renewable", answer.get("renewable") === true],
    [
      "Data",
      data instanceof MapValue && data.size > 0 ? data : new MapValue("string", "interface {}", [], true),
    ],
    ["Warnings", strings(answer.get("warnings"))],
    ["Auth", auth(answer.get("auth"))],
    ["WrapInfo", wrapInfo(answer.get("wrap_info"))],
  ]);
  return new Struct(SECRET, fields, true);
}

/** The value that `secrets` returns, from the body of Vault's answer to LIST: the names in order. */
export function decodeSecretList(body: string): Value {
  const keys = member(member(decodeJson(toBytes(body), "json.Number"), "data"), "keys");
  if (keys === undefined || keys === null) return nilList("string");
  if (!(keys instanceof List) || keys.items.some((key) => typeof key !== "string")) {
    throw new FunctionError("the answer lists something else than names");
  }
  const sorted = [...keys.items].sort(compareKeys);
  return sorted.length === 0 ? nilList("string") : new List("string", sorted);
}

/** What `secrets` returns when there is nothing under the path. */
export const NO_SECRETS: Value = nilList("string");
