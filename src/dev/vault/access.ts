import { type AccessControl, createAccessControl } from "./acl.ts";
import type { Core } from "./core.ts";
import { defaultPolicy, type Policy, WRAPPING_POLICY, wrappingPolicy } from "./policies.ts";
import type { Token } from "./tokens.ts";

/** What a token may do with the policies as they are now; names without a policy allow nothing. */
export function accessOf(core: Core, token: Token): AccessControl {
  return createAccessControl(token.policies.flatMap((name) => policyNamed(core, name) ?? []));
}

function policyNamed(core: Core, name: string): Policy | undefined {
  return name === WRAPPING_POLICY ? wrappingPolicy() : core.policies.get(name);
}

/** The policies of a new Vault. */
export function initialPolicies(): Map<string, Policy> {
  return new Map([
    ["root", { name: "root", text: "", rules: [] }],
    ["default", defaultPolicy()],
  ]);
}
