import { askCloud } from "./cloud-request.ts";
import type { LoginDependencies } from "./login-method.ts";

const WHAT = "the EC2 instance metadata";

function endpoint({ environment }: LoginDependencies): string {
  const given = environment.AWS_EC2_METADATA_SERVICE_ENDPOINT ?? "";
  if (given !== "") return given.replace(/\/+$/, "");
  const ipv6 = /^ipv6$/i.test(environment.AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE ?? "");
  return ipv6 ? "http://[fd00:ec2::254]" : "http://169.254.169.254";
}

/** Reads from a node's instance metadata service, version 2: a session token first, then the answers. */
export async function ec2Metadata(
  dependencies: LoginDependencies,
): Promise<(path: string) => Promise<string>> {
  const base = endpoint(dependencies);
  const session = await askCloud(dependencies, WHAT, {
    method: "PUT",
    url: `${base}/latest/api/token`,
    headers: { "x-aws-ec2-metadata-token-ttl-seconds": "60", "content-length": "0" },
  });
  return (path) =>
    askCloud(dependencies, WHAT, {
      method: "GET",
      url: `${base}${path}`,
      headers: { "x-aws-ec2-metadata-token": session.trim() },
    });
}
