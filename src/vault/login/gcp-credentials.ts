import { messageOf } from "../../errors.ts";
import { isJsonObject, type JsonObject, type JsonValue } from "../../json.ts";
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

const SCOPE = "https://www.googleapis.com/auth/cloud-platform";

/** Asks the metadata server of Compute Engine, GKE or Cloud Run. */
export async function gcpMetadata(dependencies: LoginDependencies, path: string): Promise<string> {
  const host = dependencies.environment.GCE_METADATA_HOST || "metadata.google.internal";
  return await askCloud(dependencies, "the Google metadata server", {
    method: "GET",
    url: `http://${host}/computeMetadata/v1/${path}`,
    headers: { "metadata-flavor": "Google" },
  });
}

/** Who acts, and a token to act with. */
export interface GcpCredentials {
  readonly accessToken: string;
  readonly email: string;
}

/** A service account's key as JSON: the method's `credentials`, or a file that the environment names. */
async function keyText(dependencies: LoginDependencies, config: LoginConfig): Promise<string | undefined> {
  const configured = config.optional("credentials");
  if (configured !== "") return configured;
  const file = dependencies.environment.GOOGLE_APPLICATION_CREDENTIALS ?? "";
  return file === "" ? undefined : await readSecret(dependencies, file, "Google credentials file");
}

function parseKey(text: string): JsonObject {
  let key: JsonValue;
  try {
    key = JSON.parse(text) as JsonValue;
  } catch {
    throw new LoginError("The Google credentials are no JSON. Give a service account's key.", {
      retryable: false,
    });
  }
  if (isJsonObject(key) && key.type === "service_account") return key;
  const type = isJsonObject(key) && typeof key.type === "string" ? key.type : "unknown";
  throw new LoginError(
    `Google credentials of type ${JSON.stringify(type)} are not supported. Give a service account's key, or none ` +
      "to use the pod's own identity.",
    { retryable: false },
  );
}

/** A signed statement of the service account, which its token endpoint trades for an access token. */
function assertion(key: JsonObject, audience: string, nowMilliseconds: number): string {
  const what = "the Google credentials";
  const { createSign } = process.getBuiltinModule("node:crypto");
  const seconds = Math.floor(nowMilliseconds / 1000);
  const encode = (value: JsonObject): string => Buffer.from(JSON.stringify(value)).toString("base64url");
  const header = encode({ alg: "RS256", typ: "JWT", kid: textField(key, "private_key_id", what) });
  const claims = encode({
    iss: textField(key, "client_email", what),
    scope: SCOPE,
    aud: audience,
    iat: seconds,
    exp: seconds + 3600,
  });
  const signed = `${header}.${claims}`;
  try {
    const signature = createSign("RSA-SHA256")
      .update(signed)
      .sign(textField(key, "private_key", what), "base64url");
    return `${signed}.${signature}`;
  } catch (cause) {
    if (cause instanceof LoginError) throw cause;
    throw new LoginError(`The private key of the Google credentials is not usable: ${messageOf(cause)}.`, {
      retryable: false,
      cause,
    });
  }
}

/**
 * Application default credentials: a service account's key, else the metadata server's default account.
 * @throws LoginError
 */
export async function findGcpCredentials(
  dependencies: LoginDependencies,
  config: LoginConfig,
): Promise<GcpCredentials> {
  const text = await keyText(dependencies, config);
  if (text === undefined) {
    const account = "instance/service-accounts/default";
    const what = "the Google metadata server";
    const answer = jsonObjectIn(await gcpMetadata(dependencies, `${account}/token`), what);
    const accessToken = textField(answer, "access_token", what);
    return { accessToken, email: (await gcpMetadata(dependencies, `${account}/email`)).trim() };
  }
  const key = parseKey(text);
  const tokenUri = typeof key.token_uri === "string" ? key.token_uri : "https://oauth2.googleapis.com/token";
  const what = "Google for an access token";
  const answer = await askCloudForJson(dependencies, what, {
    method: "POST",
    url: tokenUri,
    headers: FORM_HEADERS,
    body: formBody({
      grant_type: "urn:ietf:params:oauth:grant-type:jwt-bearer",
      assertion: assertion(key, tokenUri, dependencies.now()),
    }),
  });
  return {
    accessToken: textField(answer, "access_token", what),
    email: textField(key, "client_email", "the Google credentials"),
  };
}
