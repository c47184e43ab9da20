import type { EnvVar, Pod, VolumeMount } from "../injection/pod.ts";
import type { InjectionPlan } from "./engine.ts";

/** What gives a pod its identity at a cloud provider, which the agent needs to log in with it. */
export interface CloudIdentity {
  readonly variables: readonly EnvVar[];
  readonly mounts: readonly VolumeMount[];
}

const NONE: CloudIdentity = { variables: [], mounts: [] };

/** By auth method: variables, and a part of the paths at which the provider's webhook mounts its tokens. */
const IDENTITIES: ReadonlyMap<string, { readonly variables: readonly string[]; readonly path: string }> =
  new Map([
    [
      "aws",
      {
        variables: ["AWS_ROLE_ARN", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_DEFAULT_REGION", "AWS_REGION"],
        path: "eks.amazonaws.com",
      },
    ],
    [
      "azure",
      {
        variables: [
          "AZURE_CLIENT_ID",
          "AZURE_TENANT_ID",
          "AZURE_FEDERATED_TOKEN_FILE",
          "AZURE_AUTHORITY_HOST",
        ],
        path: "/azure/tokens",
      },
    ],
  ]);

/** Variables of EKS Pod Identity, which the Vault Agent Injector does not know. */
const EKS_POD_IDENTITY = ["AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE"];

/** AWS identity as the Vault Agent Injector copies it: IAM roles for service accounts. */
export function awsRoleIdentity(plan: InjectionPlan): CloudIdentity {
  return plan.request.auth.type === "aws" ? identity(plan, []) : NONE;
}

/** The identity that goes with any auth method of a cloud provider. */
export function cloudIdentity(plan: InjectionPlan): CloudIdentity {
  return identity(plan, plan.request.auth.type === "aws" ? EKS_POD_IDENTITY : []);
}

function identity({ request, pod, token }: InjectionPlan, more: readonly string[]): CloudIdentity {
  const wanted = IDENTITIES.get(request.auth.type);
  if (wanted === undefined) {
    return NONE;
  }
  const variables = [...wanted.variables, ...more].flatMap((name) => firstVariable(pod, name) ?? []);
  const mount = firstMount(pod, wanted.path);
  // The agent may log in to Vault with that very token: one path takes one mount.
  const isMounted = mount === undefined || mount.mountPath === token?.mount?.mountPath;
  return { variables, mounts: isMounted ? [] : [mount] };
}

/** A variable of the first app container that has it, wherever its value comes from. */
function firstVariable(pod: Pod, name: string): EnvVar | undefined {
  for (const container of pod.spec.containers) {
    const variable = container.env?.find((candidate) => candidate.name === name);
    if (variable !== undefined) {
      return variable;
    }
  }
  return undefined;
}

function firstMount(pod: Pod, path: string): VolumeMount | undefined {
  for (const container of pod.spec.containers) {
    for (const { name, mountPath } of container.volumeMounts ?? []) {
      if (mountPath.includes(path)) {
        return { name, mountPath, readOnly: true };
      }
    }
  }
  return undefined;
}
