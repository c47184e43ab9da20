import { askCloudForJson, textField } from "./cloud-request.ts";
import { findGcpCredentials, gcpMetadata } from "./gcp-credentials.ts";
import { LoginError, type LoginMethod, type LoginRequest } from "./login-method.ts";

/** Vault refuses JWTs that live longer than its role allows, 15 minutes unless set. */
const DEFAULT_JWT_MINUTES = 15;

/** Type `gce`: an identity token from the metadata server, for this Vault and role alone. */
async function gce({ config, dependencies }: LoginRequest, role: string): Promise<string> {
  const account = config.optional("service_account") || "default";
  const query = new URLSearchParams({
    audience: `${dependencies.client.address}/vault/${role}`,
    format: "full",
  });
  const path = `instance/service-accounts/${encodeURIComponent(account)}/identity?${query}`;
  return (await gcpMetadata(dependencies, path)).trim();
}

function jwtMinutes(config: LoginRequest["config"]): number {
  const given = config.optional("jwt_exp");
  if (given === "") return DEFAULT_JWT_MINUTES;
  if (/^[1-9]\d{0,4}$/.test(given)) return Number(given);
  throw new LoginError("Auth method gcp: its jwt_exp must be a whole number of minutes.", {
    retryable: false,
  });
}

/** Type `iam`: a JWT that Google signs for the service account. */
async function iam({ config, dependencies }: LoginRequest, role: string): Promise<string> {
  const minutes = jwtMinutes(config);
  const credentials = await findGcpCredentials(dependencies, config);
  const account = config.optional("service_account") || credentials.email;
  const payload = {
    aud: `http://vault/${role}`,
    sub: account,
    exp: Math.floor(dependencies.now() / 1000) + minutes * 60,
  };
  const what = `Google to sign a JWT for ${account}`;
  const answer = await askCloudForJson(dependencies, what, {
    method: "POST",
    url: `https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/${encodeURIComponent(account)}:signJwt`,
    headers: { authorization: `Bearer ${credentials.accessToken}`, "content-type": "application/json" },
    body: JSON.stringify({ payload: JSON.stringify(payload) }),
  });
  return textField(answer, "signedJwt", what);
}

/** Google Cloud identities: an instance (or a GKE workload), or a service account. */
export const gcp: LoginMethod = {
  advice:
    "Check that the role exists at this mount and is bound to this service account, project or instance.",
  async login(request) {
    const role = request.config.required("role");
    const type = request.config.required("type");
    if (type !== "gce" && type !== "iam") {
      throw new LoginError(`Auth method gcp: its type is ${JSON.stringify(type)}; write gce or iam.`, {
        retryable: false,
      });
    }
    const jwt = await (type === "gce" ? gce(request, role) : iam(request, role));
    return await request.submit(`${request.mountPath}/login`, { role, jwt });
  },
};
