import { describe, expect, test } from "vitest";
import { signAwsRequest } from "../../../src/vault/login/aws-signature.ts";
import { loginFailure, startWorld, submitted, type World } from "./world.ts";

const KEYS = { access_key: "AKIDEXAMPLE", secret_key: "secret" };

interface IamProof {
  readonly role: string;
  readonly iam_http_request_method: string;
  readonly iam_request_url: string;
  readonly iam_request_headers: string;
  readonly iam_request_body: string;
}

/** The signed request that Vault is to send, decoded. */
function signedRequest(world: World): {
  method: string;
  url: string;
  headers: Readonly<Record<string, readonly string[]>>;
  body: string;
} {
  const proof = submitted(world) as IamProof;
  const text = (encoded: string): string => Buffer.from(encoded, "base64").toString();
  return {
    method: proof.iam_http_request_method,
    url: text(proof.iam_request_url),
    headers: JSON.parse(text(proof.iam_request_headers)),
    body: text(proof.iam_request_body),
  };
}

/** Credential and session token of the signed request. */
function signer(world: World): readonly (string | undefined)[] {
  const { headers } = signedRequest(world);
  const key = /Credential=([^/]+)\//.exec(headers.authorization?.[0] ?? "")?.[1];
  return [key, headers["x-amz-security-token"]?.[0]];
}

describe("by IAM", () => {
  test("Vault gets a signed request to STS that it can send itself", async () => {
    await using world = await startWorld();
    await world.login("aws", { type: "iam", role: "app", header_value: "vault.test", ...KEYS });
    const { method, url, headers, body } = signedRequest(world);
    expect(submitted(world)).toMatchObject({ role: "app" });
    expect({ method, url, body }).toEqual({
      method: "POST",
      url: "https://sts.amazonaws.com/",
      body: "Action=GetCallerIdentity&Version=2011-06-15",
    });
    const sent = (name: string): string => headers[name]?.[0] ?? "";
    const expected = signAwsRequest(
      {
        method,
        url,
        body,
        headers: {
          "content-type": sent("content-type"),
          "content-length": "43",
          "x-vault-aws-iam-server-id": "vault.test",
        },
      },
      { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "" },
      { region: "us-east-1", service: "sts" },
      world.dependencies.now(),
    );
    expect(headers).toEqual(
      Object.fromEntries(Object.entries(expected).map(([name, value]) => [name, [value]])),
    );
    expect(sent("authorization")).toContain("x-vault-aws-iam-server-id");
  });

  test.each([
    ["eu-central-1", "https://sts.eu-central-1.amazonaws.com/"],
    ["cn-north-1", "https://sts.cn-north-1.amazonaws.com.cn/"],
  ])("region %s has its own STS", async (region, url) => {
    await using world = await startWorld();
    await world.login("aws", { type: "iam", role: "app", region, ...KEYS });
    expect(signedRequest(world).url).toBe(url);
    expect(signedRequest(world).headers.authorization?.[0]).toContain(`/${region}/sts/aws4_request`);
  });

  test("an unknown type is named", async () => {
    await using world = await startWorld();
    const error = await loginFailure(world.login("aws", { type: "iamm", role: "app" }));
    expect(error.message).toContain('"iamm"; write iam or ec2.');
  });
});

const CREDENTIALS =
  '{"AccessKeyId":"ASIA","SecretAccessKey":"s","Token":"session","Expiration":"2026-01-01T00:00:00Z"}';

describe("credentials come from", () => {
  test("the environment", async () => {
    await using world = await startWorld();
    Object.assign(world.environment, {
      AWS_ACCESS_KEY_ID: "AKIAENV",
      AWS_SECRET_ACCESS_KEY: "s",
      AWS_SESSION_TOKEN: "session",
    });
    await world.login("aws", { type: "iam", role: "app" });
    expect(signer(world)).toEqual(["AKIAENV", "session"]);
  });

  test("a service account's IAM role (IRSA)", async () => {
    await using world = await startWorld({
      cloud: () => ({
        body:
          "<AssumeRoleWithWebIdentityResponse><AssumeRoleWithWebIdentityResult><Credentials>" +
          "<AccessKeyId>ASIAIRSA</AccessKeyId><SecretAccessKey>s</SecretAccessKey><SessionToken>session</SessionToken>" +
          "</Credentials></AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>",
      }),
    });
    world.files.set("/token", "eyJ.web.identity\n");
    Object.assign(world.environment, {
      AWS_ROLE_ARN: "arn:aws:iam::1:role/app",
      AWS_WEB_IDENTITY_TOKEN_FILE: "/token",
      AWS_ROLE_SESSION_NAME: "pod",
      AWS_REGION: "eu-west-1",
      AWS_STS_REGIONAL_ENDPOINTS: "regional",
    });
    await world.login("aws", { type: "iam", role: "app" });
    expect(signer(world)).toEqual(["ASIAIRSA", "session"]);
    expect(world.cloud[0]).toMatchObject({
      method: "POST",
      origin: "https://sts.eu-west-1.amazonaws.com",
      url: "/",
    });
    expect(Object.fromEntries(new URLSearchParams(world.cloud[0]?.body))).toEqual({
      Action: "AssumeRoleWithWebIdentity",
      Version: "2011-06-15",
      RoleArn: "arn:aws:iam::1:role/app",
      RoleSessionName: "pod",
      WebIdentityToken: "eyJ.web.identity",
    });
  });

  test("EKS Pod Identity", async () => {
    await using world = await startWorld({ cloud: () => ({ body: CREDENTIALS }) });
    world.files.set("/pod-identity", "eks-token\n");
    Object.assign(world.environment, {
      AWS_CONTAINER_CREDENTIALS_FULL_URI: "http://169.254.170.23/v1/credentials",
      AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE: "/pod-identity",
    });
    await world.login("aws", { type: "iam", role: "app" });
    expect(signer(world)).toEqual(["ASIA", "session"]);
    expect(world.cloud[0]).toMatchObject({
      origin: "http://169.254.170.23",
      url: "/v1/credentials",
      headers: { authorization: "eks-token" },
    });
  });

  test("an ECS task's role", async () => {
    await using world = await startWorld({ cloud: () => ({ body: CREDENTIALS }) });
    world.environment.AWS_CONTAINER_CREDENTIALS_RELATIVE_URI = "/v2/credentials/x";
    await world.login("aws", { type: "iam", role: "app" });
    expect(signer(world)).toEqual(["ASIA", "session"]);
    expect(world.cloud[0]).toMatchObject({ origin: "http://169.254.170.2", url: "/v2/credentials/x" });
  });

  test("the node's role, by a session of its metadata service", async () => {
    await using world = await startWorld({
      cloud: ({ url }) => {
        if (url === "/latest/api/token") return { body: "session-token" };
        return { body: url.endsWith("/") ? "node-role" : CREDENTIALS };
      },
    });
    await world.login("aws", { type: "iam", role: "app" });
    expect(signer(world)).toEqual(["ASIA", "session"]);
    expect(world.cloud.map(({ method, url }) => `${method} ${url}`)).toEqual([
      "PUT /latest/api/token",
      "GET /latest/meta-data/iam/security-credentials/",
      "GET /latest/meta-data/iam/security-credentials/node-role",
    ]);
    expect(world.cloud[1]?.headers["x-aws-ec2-metadata-token"]).toBe("session-token");
  });
});

describe("credentials are not taken from", () => {
  test("a container address that is not AWS's, which would get the pod's token", async () => {
    await using world = await startWorld();
    world.environment.AWS_CONTAINER_CREDENTIALS_FULL_URI = "http://evil.example/";
    world.environment.AWS_CONTAINER_AUTHORIZATION_TOKEN = "t";
    const error = await loginFailure(world.login("aws", { type: "iam", role: "app" }));
    expect(error.retryable).toBe(false);
    expect(world.cloud).toHaveLength(0);
  });

  test("nowhere: the error says where was looked", async () => {
    await using world = await startWorld();
    world.environment.AWS_EC2_METADATA_DISABLED = "true";
    const error = await loginFailure(world.login("aws", { type: "iam", role: "app" }));
    expect(error.message).toContain("Give the pod's service account an IAM role.");
  });

  test.each([
    [403, false],
    [500, true],
    [429, true],
  ])("a token service that answers %i; worth another try: %s", async (status, retryable) => {
    await using world = await startWorld({ cloud: () => ({ status, body: "s3cret" }) });
    world.files.set("/token", "eyJ.s3cret");
    world.environment.AWS_ROLE_ARN = "arn:aws:iam::1:role/app";
    world.environment.AWS_WEB_IDENTITY_TOKEN_FILE = "/token";
    const error = await loginFailure(world.login("aws", { type: "iam", role: "app" }));
    expect(error.retryable).toBe(retryable);
    expect(error.message).toContain(`POST https://sts.amazonaws.com/ answered ${status}`);
    expect(error.message).not.toContain("s3cret");
  });
});

describe("by EC2", () => {
  test("the instance's signed document is sent, each time with the same nonce", async () => {
    await using world = await startWorld({
      cloud: ({ url }) => ({ body: url === "/latest/api/token" ? "t" : "PKCS\n7==\n" }),
    });
    await world.login("aws", { type: "ec2", role: "app" });
    const nonce = "07".repeat(16);
    expect(submitted(world)).toEqual({ role: "app", pkcs7: "PKCS7==", nonce });
    expect(world.cloud[1]?.url).toBe("/latest/dynamic/instance-identity/pkcs7");
    await world.login("aws", { type: "ec2", role: "app" });
    expect(submitted(world)).toMatchObject({ nonce });
    await world.login("aws", { type: "ec2", role: "app", nonce: "mine" });
    expect(submitted(world)).toMatchObject({ nonce: "mine" });
  });
});
