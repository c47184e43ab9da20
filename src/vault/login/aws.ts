import { findAwsCredentials, stsHost } from "./aws-credentials.ts";
import { ec2Metadata } from "./aws-metadata.ts";
import { signAwsRequest } from "./aws-signature.ts";
import { LoginError, type LoginMethod, type LoginRequest } from "./login-method.ts";

const CALLER_IDENTITY = "Action=GetCallerIdentity&Version=2011-06-15";

function base64(text: string): string {
  return Buffer.from(text, "utf8").toString("base64");
}

/**
 * Type `iam`: a request to STS that asks who is asking, signed but not sent. Vault sends it, and believes
 * what STS answers.
 */
async function iam({ config, dependencies }: LoginRequest): Promise<Readonly<Record<string, string>>> {
  const region = config.optional("region") || "us-east-1";
  const serverId = config.optional("header_value");
  const request = {
    method: "POST",
    url: `https://${stsHost(region)}/`,
    headers: {
      "content-length": String(CALLER_IDENTITY.length),
      "content-type": "application/x-www-form-urlencoded; charset=utf-8",
      ...(serverId === "" ? {} : { "x-vault-aws-iam-server-id": serverId }),
    },
    body: CALLER_IDENTITY,
  };
  const credentials = await findAwsCredentials(dependencies, config);
  const headers = signAwsRequest(request, credentials, { region, service: "sts" }, dependencies.now());
  const lists = Object.entries(headers).map(([name, value]) => [name, [value]]);
  return {
    iam_http_request_method: request.method,
    iam_request_url: base64(request.url),
    iam_request_headers: base64(JSON.stringify(Object.fromEntries(lists))),
    iam_request_body: base64(request.body),
  };
}

/** Type `ec2`: the instance's signed identity document. The nonce must be the same at every login. */
async function ec2({ config, dependencies }: LoginRequest): Promise<Readonly<Record<string, string>>> {
  const { memory } = dependencies;
  const read = await ec2Metadata(dependencies);
  const pkcs7 = (await read("/latest/dynamic/instance-identity/pkcs7")).replace(/\s+/g, "");
  const remembered = "aws ec2 nonce";
  const nonce =
    config.optional("nonce") ||
    memory.get(remembered) ||
    Buffer.from(dependencies.random(16)).toString("hex");
  memory.set(remembered, nonce);
  return { pkcs7, nonce };
}

/** AWS identities: an IAM principal, or an EC2 instance. */
export const aws: LoginMethod = {
  advice:
    "Check that the role exists at this mount and is bound to this IAM principal or instance, and that header_value " +
    "and region are what the mount expects.",
  async login(request) {
    const role = request.config.required("role");
    const type = request.config.required("type");
    if (type !== "iam" && type !== "ec2") {
      throw new LoginError(`Auth method aws: its type is ${JSON.stringify(type)}; write iam or ec2.`, {
        retryable: false,
      });
    }
    const proof = await (type === "iam" ? iam(request) : ec2(request));
    return await request.submit(`${request.mountPath}/login`, { role, ...proof });
  },
};
