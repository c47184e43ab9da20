import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
import { HclError, parseHcl } from "./hcl.ts";
import { badRequest } from "./refusal.ts";

export type Capability = "create" | "read" | "update" | "delete" | "list" | "patch" | "sudo" | "deny";

const CAPABILITIES: readonly string[] = [
  "create",
  "read",
  "update",
  "delete",
  "list",
  "patch",
  "sudo",
  "deny",
] satisfies readonly Capability[];

/** What a policy allows on a path; the path may end in `*` and have `+` for whole segments. */
export interface PolicyRule {
  readonly path: string;
  readonly capabilities: readonly Capability[];
}

export interface Policy {
  readonly name: string;
  /** As written. */
  readonly text: string;
  readonly rules: readonly PolicyRule[];
}

/** What every token may do unless it asked not to: Vault's documented default policy, by capability. */
const DEFAULT_RULES: readonly PolicyRule[] = [
  { path: "auth/token/lookup-self", capabilities: ["read"] },
  ...[
    "auth/token/renew-self",
    "auth/token/revoke-self",
    "sys/capabilities-self",
    "sys/renew",
    "sys/leases/renew",
    "sys/leases/lookup",
    "sys/wrapping/wrap",
    "sys/wrapping/lookup",
    "sys/wrapping/unwrap",
  ].map((path): PolicyRule => ({ path, capabilities: ["update"] })),
  { path: "cubbyhole/*", capabilities: ["create", "read", "update", "delete", "list"] },
];

/** Policy `default`, as a new Vault has it. */
export function defaultPolicy(): Policy {
  const text = DEFAULT_RULES.map(
    ({ path, capabilities }) => `path "${path}" {\n  capabilities = ${JSON.stringify(capabilities)}\n}\n`,
  ).join("\n");
  return { name: "default", text, rules: DEFAULT_RULES };
}

/** The policy of a response-wrapping token: nothing but to be unwrapped. */
export const WRAPPING_POLICY = "response-wrapping";

const WRAPPING_RULES: readonly PolicyRule[] = [
  { path: "cubbyhole/response", capabilities: ["create", "read"] },
  { path: "sys/wrapping/unwrap", capabilities: ["update"] },
];

export function wrappingPolicy(): Policy {
  return { name: WRAPPING_POLICY, text: "", rules: WRAPPING_RULES };
}

/**
 * Reads a policy in HCL or JSON.
 * @throws VaultRefusal 400 when it is neither, names an unknown capability, or restricts parameters, which
 * the development Vault does not enforce.
 */
export function parsePolicy(name: string, text: string): Policy {
  const rules = text.trimStart().startsWith("{") ? jsonRules(text) : hclRules(text);
  return { name, text, rules };
}

function hclRules(text: string): readonly PolicyRule[] {
  try {
    return parseHcl(text).map((entry) => {
      if (entry.name !== "path" || entry.kind !== "block" || entry.label === undefined) {
        throw badRequest(`failed to parse policy: invalid key "${entry.name}"`);
      }
      const fields = entry.entries.map((field) => [field.name, field.kind === "value" ? field.value : {}]);
      return rule(entry.label, Object.fromEntries(fields));
    });
  } catch (error) {
    if (error instanceof HclError) throw badRequest(`failed to parse policy: ${error.message}`);
    throw error;
  }
}

function jsonRules(text: string): readonly PolicyRule[] {
  let document: JsonValue;
  try {
    document = JSON.parse(text);
  } catch {
    throw badRequest("failed to parse policy: invalid JSON");
  }
  const paths = isJsonObject(document) ? document["path"] : undefined;
  if (!isJsonObject(paths)) throw badRequest('failed to parse policy: no "path" in it');
  return Object.entries(paths).map(([path, body]) => rule(path, isJsonObject(body) ? body : {}));
}

function rule(path: string, body: JsonObject): PolicyRule {
  const foreign = Object.keys(body).find((key) => key !== "capabilities");
  if (foreign !== undefined) {
    throw badRequest(`failed to parse policy: path "${path}": the development Vault enforces no ${foreign}`);
  }
  const capabilities = Array.isArray(body["capabilities"]) ? body["capabilities"].map(String) : [];
  return {
    path: path.replace(/^\/+/, ""),
    capabilities: capabilities.map((capability) => {
      if (isCapability(capability)) return capability;
      throw badRequest(`failed to parse policy: path "${path}": invalid capability "${capability}"`);
    }),
  };
}

function isCapability(name: string): name is Capability {
  return CAPABILITIES.includes(name);
}
