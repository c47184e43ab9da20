import { isJsonObject, type JsonObject } from "../../json.ts";
import { askCloudForJson, FORM_HEADERS, formBody, textField } from "./cloud-request.ts";
import { type LoginConfig, type LoginDependencies, LoginError, type LoginMethod } from "./login-method.ts";
import { readSecret } from "./secret-file.ts";

const IMDS = "http://169.254.169.254/metadata";
const API_VERSION = "2018-02-01";

async function imds(
  dependencies: LoginDependencies,
  path: string,
  query: Readonly<Record<string, string>>,
): Promise<JsonObject> {
  return await askCloudForJson(dependencies, "the Azure instance metadata", {
    method: "GET",
    url: `${IMDS}/${path}?${new URLSearchParams({ "api-version": API_VERSION, ...query })}`,
    headers: { metadata: "true" },
  });
}

async function managedIdentityToken(
  dependencies: LoginDependencies,
  resource: string,
  identity: Readonly<Record<string, string>>,
): Promise<string> {
  const answer = await imds(dependencies, "identity/oauth2/token", { resource, ...identity });
  return textField(answer, "access_token", "the Azure instance metadata");
}

/** How an application proves itself to Microsoft Entra: the pod's federated token, or a client secret. */
async function clientProof(
  dependencies: LoginDependencies,
): Promise<Readonly<Record<string, string>> | undefined> {
  const { AZURE_FEDERATED_TOKEN_FILE: file, AZURE_CLIENT_SECRET: secret } = dependencies.environment;
  if (secret) return { client_secret: secret };
  if (!file) return undefined;
  return {
    client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
    client_assertion: await readSecret(dependencies, file, "Azure federated token file"),
  };
}

/**
 * A token for the application that the environment names, as workload identity sets it up; undefined when it
 * names none.
 */
async function applicationToken(dependencies: LoginDependencies, scope: string): Promise<string | undefined> {
  const {
    AZURE_CLIENT_ID: client,
    AZURE_TENANT_ID: tenant,
    AZURE_AUTHORITY_HOST: authority,
  } = dependencies.environment;
  const proof = await clientProof(dependencies);
  if (!client || !tenant || proof === undefined) return undefined;
  const host = (authority || "https://login.microsoftonline.com").replace(/\/+$/, "");
  const what = "Microsoft Entra for a token";
  const answer = await askCloudForJson(dependencies, what, {
    method: "POST",
    url: `${host}/${encodeURIComponent(tenant)}/oauth2/v2.0/token`,
    headers: FORM_HEADERS,
    body: formBody({ grant_type: "client_credentials", client_id: client, scope, ...proof }),
  });
  return textField(answer, "access_token", what);
}

/** Which machine this is, as far as the role's bounds look at it. */
async function machine(dependencies: LoginDependencies): Promise<Readonly<Record<string, string>>> {
  const { compute } = await imds(dependencies, "instance", {});
  const facts = isJsonObject(compute) ? compute : {};
  const text = (name: string): string => (typeof facts[name] === "string" ? facts[name] : "");
  return {
    subscription_id: text("subscriptionId"),
    resource_group_name: text("resourceGroupName"),
    vm_name: text("name"),
    vmss_name: text("vmScaleSetName"),
  };
}

/** A pod's own identity need not be that of the machine, which it may not even be allowed to ask. */
async function machineIfKnown(dependencies: LoginDependencies): Promise<Readonly<Record<string, string>>> {
  try {
    return await machine(dependencies);
  } catch (error) {
    if (!(error instanceof LoginError)) throw error;
    dependencies.warn(`The login goes on without the machine's name: ${error.message}`);
    return {};
  }
}

function identityOf(config: LoginConfig): Readonly<Record<string, string>> {
  const objectId = config.optional("object_id");
  const clientId = config.optional("client_id");
  if (objectId !== "" && clientId !== "") {
    throw new LoginError("Auth method azure: set one of object_id and client_id, not both.", {
      retryable: false,
    });
  }
  if (objectId !== "") return { object_id: objectId };
  return clientId === "" ? {} : { client_id: clientId };
}

/** Azure identities: a managed identity, or the application that the environment names. */
export const azure: LoginMethod = {
  advice:
    "Check that the role exists at this mount, that resource is what the mount expects, and that the role is bound " +
    "to this identity, subscription, resource group or machine.",
  async login({ mountPath, config, dependencies, submit }) {
    const role = config.required("role");
    const resource = config.required("resource");
    const identity = identityOf(config);
    const fromEnvironment = config.boolean("authenticate_from_environment", false);
    const scope = config.optional("scope") || `${resource}/.default`;
    const application = fromEnvironment ? await applicationToken(dependencies, scope) : undefined;
    const jwt = application ?? (await managedIdentityToken(dependencies, resource, identity));
    const where = await (application === undefined ? machine(dependencies) : machineIfKnown(dependencies));
    return await submit(`${mountPath}/login`, { role, jwt, ...where });
  },
};
