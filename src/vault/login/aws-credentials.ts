import type { JsonObject } from "../../json.ts";
import { ec2Metadata } from "./aws-metadata.ts";
import type { AwsCredentials } from "./aws-signature.ts";
import {
  askCloud,
  askCloudForJson,
  FORM_HEADERS,
  formBody,
  jsonObjectIn,
  textField,
} from "./cloud-request.ts";
import { type LoginConfig, type LoginDependencies, LoginError } from "./login-method.ts";
import { readSecret } from "./secret-file.ts";

/** One place where credentials may come from; undefined: not this one. */
type Source = (
  dependencies: LoginDependencies,
  config: LoginConfig,
) => Promise<AwsCredentials | undefined> | AwsCredentials | undefined;

const configured: Source = (_dependencies, config) => {
  const accessKeyId = config.optional("access_key");
  const secretAccessKey = config.optional("secret_key");
  if (accessKeyId === "" && secretAccessKey === "") return undefined;
  return {
    accessKeyId: config.required("access_key"),
    secretAccessKey: config.required("secret_key"),
    sessionToken: config.optional("session_token"),
  };
};

const fromEnvironment: Source = ({ environment }) => {
  const accessKeyId = environment.AWS_ACCESS_KEY_ID ?? "";
  const secretAccessKey = environment.AWS_SECRET_ACCESS_KEY ?? "";
  if (accessKeyId === "" || secretAccessKey === "") return undefined;
  return { accessKeyId, secretAccessKey, sessionToken: environment.AWS_SESSION_TOKEN ?? "" };
};

/** The host of STS in a region; the global one is us-east-1's. */
export function stsHost(region: string): string {
  if (region === "us-east-1") return "sts.amazonaws.com";
  return `sts.${region}.amazonaws.com${region.startsWith("cn-") ? ".cn" : ""}`;
}

function stsUrl({ environment }: LoginDependencies): string {
  const given = environment.AWS_ENDPOINT_URL_STS ?? "";
  if (given !== "") return given;
  const region = environment.AWS_REGION || environment.AWS_DEFAULT_REGION || "";
  const global = region === "" || environment.AWS_STS_REGIONAL_ENDPOINTS === "legacy";
  return `https://${stsHost(global ? "us-east-1" : region)}/`;
}

function xmlText(xml: string, element: string): string {
  const found = new RegExp(`<${element}>([^<]+)</${element}>`).exec(xml)?.[1]?.trim();
  if (found !== undefined) return found;
  throw new LoginError(`Asking STS for credentials failed: the answer lacks ${element}.`, {
    retryable: true,
  });
}

/** IAM roles for service accounts: the projected token buys credentials of the role. */
const webIdentity: Source = async (dependencies) => {
  const { environment } = dependencies;
  const tokenFile = environment.AWS_WEB_IDENTITY_TOKEN_FILE ?? "";
  const roleArn = environment.AWS_ROLE_ARN ?? "";
  if (tokenFile === "" || roleArn === "") return undefined;
  const token = await readSecret(dependencies, tokenFile, "web identity token file");
  const xml = await askCloud(dependencies, `STS to assume ${roleArn}`, {
    method: "POST",
    url: stsUrl(dependencies),
    headers: FORM_HEADERS,
    body: formBody({
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: roleArn,
      RoleSessionName: environment.AWS_ROLE_SESSION_NAME || `keycard-${dependencies.now()}`,
      WebIdentityToken: token,
    }),
  });
  return {
    accessKeyId: xmlText(xml, "AccessKeyId"),
    secretAccessKey: xmlText(xml, "SecretAccessKey"),
    sessionToken: xmlText(xml, "SessionToken"),
  };
};

function fromJson(answer: JsonObject, what: string): AwsCredentials {
  return {
    accessKeyId: textField(answer, "AccessKeyId", what),
    secretAccessKey: textField(answer, "SecretAccessKey", what),
    sessionToken: textField(answer, "Token", what),
  };
}

/** Where ECS and EKS answer; plain HTTP to any other place would give the pod's token away. */
const CONTAINER_HOSTS: ReadonlySet<string> = new Set([
  "169.254.170.2",
  "169.254.170.23",
  "[fd00:ec2::23]",
  "localhost",
  "127.0.0.1",
  "[::1]",
]);

function containerUrl({ environment }: LoginDependencies): string | undefined {
  const relative = environment.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI ?? "";
  if (relative !== "") return `http://169.254.170.2${relative}`;
  const full = environment.AWS_CONTAINER_CREDENTIALS_FULL_URI ?? "";
  if (full === "") return undefined;
  const url = URL.canParse(full) ? new URL(full) : undefined;
  if (url?.protocol === "https:" || (url?.protocol === "http:" && CONTAINER_HOSTS.has(url.hostname)))
    return full;
  throw new LoginError(
    "AWS_CONTAINER_CREDENTIALS_FULL_URI is neither https:// nor an address that ECS or EKS answers on. Correct it.",
    { retryable: false },
  );
}

/** ECS task roles and EKS Pod Identity. */
const container: Source = async (dependencies) => {
  const url = containerUrl(dependencies);
  if (url === undefined) return undefined;
  const { AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: file, AWS_CONTAINER_AUTHORIZATION_TOKEN: given } =
    dependencies.environment;
  const token = file ? await readSecret(dependencies, file, "container authorization token file") : given;
  const what = "the container credentials service";
  const answer = await askCloudForJson(dependencies, what, {
    method: "GET",
    url,
    headers: token ? { authorization: token } : {},
  });
  return fromJson(answer, what);
};

/** The node's own role. */
const instance: Source = async (dependencies) => {
  if (/^true$/i.test(dependencies.environment.AWS_EC2_METADATA_DISABLED ?? "")) return undefined;
  const read = await ec2Metadata(dependencies);
  const base = "/latest/meta-data/iam/security-credentials/";
  const role = (await read(base)).trim().split("\n")[0] ?? "";
  const what = "the EC2 instance metadata";
  return fromJson(jsonObjectIn(await read(`${base}${role}`), what), what);
};

const SOURCES: readonly Source[] = [configured, fromEnvironment, webIdentity, container, instance];

/**
 * Finds AWS credentials where the SDKs look for them, in their order: configuration, environment, web
 * identity, container, instance.
 * @throws LoginError
 */
export async function findAwsCredentials(
  dependencies: LoginDependencies,
  config: LoginConfig,
): Promise<AwsCredentials> {
  for (const source of SOURCES) {
    const found = await source(dependencies, config);
    if (found) return found;
  }
  throw new LoginError(
    "No AWS credentials were found in configuration, environment, web identity, container or instance. Give the " +
      "pod's service account an IAM role.",
    { retryable: false },
  );
}
