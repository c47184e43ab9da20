import type { InjectionRequest } from "../../src/annotations/request.ts";
import type { Additions, Engine, InjectionPlan } from "../../src/engines/engine.ts";
import { podOf, TOKEN_MOUNT } from "../injection/pod-builder.ts";
import { requestOf } from "../injection/request-builder.ts";

/** A plan for a pod with one app container and its service-account token. */
export function planOf(
  request: Partial<InjectionRequest> = {},
  overrides: Partial<InjectionPlan> = {},
): InjectionPlan {
  return {
    request: requestOf(request),
    pod: podOf(),
    token: { mount: TOKEN_MOUNT, tokenPath: `${TOKEN_MOUNT.mountPath}/token` },
    harden: false,
    runAsUser: 100,
    ...overrides,
  };
}

/** What an engine adds for a plan that it can serve. */
export function additionsOf(engine: Engine, plan: InjectionPlan): Additions {
  const result = engine(plan.request, plan.pod.metadata?.annotations ?? {})(plan);
  if (result.problems.length > 0) {
    throw new Error(`the engine refuses the plan: ${JSON.stringify(result.problems)}`);
  }
  return result.additions;
}

/** A secret as `agent-inject-secret-NAME` alone makes it. */
export function secretOf(
  name: string,
  overrides: Partial<InjectionRequest["secrets"][number]> = {},
): InjectionRequest["secrets"][number] {
  return {
    name,
    path: `secret/${name}`,
    template: { kind: "default" },
    leftDelimiter: "{{",
    rightDelimiter: "}}",
    directory: "/vault/secrets",
    destination: `/vault/secrets/${name}`,
    permissions: undefined,
    command: undefined,
    errorOnMissingKey: false,
    ...overrides,
  };
}

/** A login as `keycard.dev/postgres-NAME` alone makes it. */
export function loginOf(
  name: string,
  overrides: Partial<InjectionRequest["postgres"][number]> = {},
): InjectionRequest["postgres"][number] {
  return {
    name,
    path: `database/creds/${name}`,
    url: undefined,
    directory: `/vault/secrets/${name}`,
    verify: false,
    verifyFailure: "keep",
    ...overrides,
  };
}
