import { accessOf } from "../access.ts";
import { type Answer, type Call, list, text } from "../call.ts";
import type { Core } from "../core.ts";
import { badRequest, permissionDenied } from "../refusal.ts";
import type { Route } from "../router.ts";
import type { Token } from "../tokens.ts";

/** `sys/capabilities…`: what a token may do on given paths. */
export function capabilityRoutes(core: Core): readonly Route[] {
  const known = (token: Token | undefined): Token => {
    if (token === undefined) throw permissionDenied();
    return token;
  };
  return [
    { pattern: "capabilities-self", update: (call) => capabilities(core, call, known(call.token)) },
    {
      pattern: "capabilities",
      update: (call) => {
        const token = core.tokens.find(text(call.body["token"]));
        if (token === undefined) throw badRequest("invalid token");
        return capabilities(core, call, token);
      },
    },
  ];
}

function capabilities(core: Core, call: Call, token: Token): Answer {
  const paths = list(call.body["paths"] ?? call.body["path"]);
  if (paths.length === 0) throw badRequest("paths must be supplied");
  const access = accessOf(core, token);
  const found = paths.map(
    (path) => [path, access.root ? ["root"] : access.capabilities(path.replace(/^\//, ""))] as const,
  );
  const [only] = found;
  const single = found.length === 1 && only !== undefined ? { capabilities: only[1] } : {};
  return { data: { ...Object.fromEntries(found), ...single }, alsoAtTop: true };
}
