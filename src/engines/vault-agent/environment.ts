import type { EnvVar } from "../../injection/pod.ts";
import { decodedIfBase64 } from "../base64.ts";
import { awsRoleIdentity } from "../cloud-identity.ts";
import type { InjectionPlan } from "../engine.ts";
import { POD_VARIABLES } from "../pod-variables.ts";
import { agentConfiguration } from "./config.ts";
import type { FlavourNames } from "./flavour.ts";

/** The agent's environment, in the order of the Vault Agent Injector. */
export function agentEnvironment(plan: InjectionPlan, names: FlavourNames, init: boolean): readonly EnvVar[] {
  const { vault, agent } = plan.request;
  const prefix = names.variablePrefix;
  return [
    ...POD_VARIABLES,
    ...optional("GOMAXPROCS", agent.goMaxProcs),
    ...optional(`${prefix}_CLIENT_TIMEOUT`, vault.timeout),
    ...optional(`${prefix}_MAX_RETRIES`, vault.maxRetries),
    ...optional(`${prefix}_LOG_LEVEL`, agent.logLevel),
    ...optional(`${prefix}_LOG_FORMAT`, agent.logFormat),
    ...optional("HTTPS_PROXY", vault.proxyAddress),
    ...(agent.configMap === "" ? [configVariable(plan, names, init)] : connectionVariables(plan, prefix)),
    ...optional(`${prefix}_CACERT_BYTES`, decodedIfBase64(vault.caCertBytes)),
    ...(plan.request.auth.type === "aws" ? awsVariables(plan) : []),
  ];
}

function optional(name: string, value: string): readonly EnvVar[] {
  return value === "" ? [] : [{ name, value }];
}

function configVariable(plan: InjectionPlan, names: FlavourNames, init: boolean): EnvVar {
  const configuration = agentConfiguration(plan, names, init);
  return { name: `${names.variablePrefix}_CONFIG`, value: Buffer.from(configuration).toString("base64") };
}

/** A configuration from a ConfigMap may lack the `vault` stanza: these reach the same Vault without it. */
function connectionVariables({ request: { vault } }: InjectionPlan, prefix: string): readonly EnvVar[] {
  return [
    ...optional(`${prefix}_ADDR`, vault.address),
    ...optional(`${prefix}_CACERT`, vault.caCert),
    ...optional(`${prefix}_CAPATH`, vault.caPath),
    ...optional(`${prefix}_CLIENT_CERT`, vault.clientCert),
    ...optional(`${prefix}_CLIENT_KEY`, vault.clientKey),
    { name: `${prefix}_SKIP_VERIFY`, value: String(vault.tlsSkipVerify) },
    ...optional(`${prefix}_TLS_SERVER_NAME`, vault.tlsServerName),
  ];
}

/** Variables of AWS IAM roles for service accounts that the agent needs as much as the app does. */
function awsVariables(plan: InjectionPlan): readonly EnvVar[] {
  const { variables } = awsRoleIdentity(plan);
  const region = plan.request.auth.config.get("region");
  return region === undefined ? variables : [...variables, { name: "AWS_REGION", value: region }];
}
