import { text } from "../call.ts";
import type { Core } from "../core.ts";
import { parsePolicy } from "../policies.ts";
import { badRequest } from "../refusal.ts";
import type { Handler, Route } from "../router.ts";

/** `sys/policies/acl/…` and the older `sys/policy/…`. */
export function policyRoutes(core: Core): readonly Route[] {
  const { policies } = core;
  const write: Handler = (call, { name = "" }) => {
    if (name === "root") throw badRequest('cannot update "root" policy');
    const policy = text(call.body["policy"]);
    if (policy === "") throw badRequest("'policy' parameter not supplied or empty");
    const decoded =
      policy.trimStart().startsWith("path") || /[{}\s]/.test(policy) ? policy : decodeBase64(policy);
    policies.set(name, parsePolicy(name, decoded));
    return undefined;
  };
  const remove: Handler = (_call, { name = "" }) => {
    if (name === "root" || name === "default") throw badRequest(`cannot delete "${name}" policy`);
    policies.delete(name);
    return undefined;
  };
  const read =
    (field: "policy" | "rules"): Handler =>
    (_call, { name = "" }) => {
      const policy = policies.get(name);
      return policy === undefined ? undefined : { data: { name, [field]: policy.text } };
    };
  /** Policy `root` comes last: Vault has it in no list of its own. */
  const sorted = (): readonly string[] => [
    ...[...policies.keys()].filter((name) => name !== "root").sort(),
    "root",
  ];
  const names: Handler = () => ({ data: { keys: sorted() } });
  const namesTwice: Handler = () => ({ data: { keys: sorted(), policies: sorted() }, alsoAtTop: true });
  return [
    { pattern: "policies/acl", list: names },
    { pattern: "policies/acl/:name", read: read("policy"), update: write, delete: remove },
    { pattern: "policy", list: names, read: namesTwice },
    { pattern: "policy/:name", read: read("rules"), update: write, delete: remove },
  ];
}

/** Clients may send a policy in base64. */
function decodeBase64(policy: string): string {
  return Buffer.from(policy, "base64").toString("utf8");
}
