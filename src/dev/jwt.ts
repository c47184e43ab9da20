import { createPublicKey, verify } from "node:crypto";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/** Clock skew Vault's JWT methods allow when a role sets none, in seconds. */
const LEEWAY_SECONDS = 60;

/** The payload of a JWT, unverified; undefined when it is none. */
export function decodeJwt(token: string): { header: JsonObject; payload: JsonObject } | undefined {
  const [header, payload, signature, ...rest] = token.split(".");
  if (header === undefined || payload === undefined || signature === undefined || rest.length > 0) {
    return undefined;
  }
  const parsed = [parsePart(header), parsePart(payload)] as const;
  return parsed[0] === undefined || parsed[1] === undefined
    ? undefined
    : { header: parsed[0], payload: parsed[1] };
}

function parsePart(part: string): JsonObject | undefined {
  try {
    const value: JsonValue = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

/**
 * The claims of a JWT signed (RS256 or ES256) with one of `publicKeys` (PEM) and in time; undefined when it
 * is not.
 */
export function verifyJwt(
  token: string,
  publicKeys: readonly string[],
  nowSeconds: number,
  leewaySeconds = LEEWAY_SECONDS,
): JsonObject | undefined {
  const decoded = decodeJwt(token);
  if (decoded === undefined || !publicKeys.some((key) => signedBy(token, decoded.header, key))) {
    return undefined;
  }
  const { exp, nbf } = decoded.payload;
  if (typeof exp === "number" && nowSeconds > exp + leewaySeconds) return undefined;
  if (typeof nbf === "number" && nowSeconds < nbf - leewaySeconds) return undefined;
  return decoded.payload;
}

function signedBy(token: string, header: JsonObject, publicKey: string): boolean {
  const key = createPublicKey(publicKey);
  const end = token.lastIndexOf(".");
  const signature = Buffer.from(token.slice(end + 1), "base64url");
  const data = Buffer.from(token.slice(0, end));
  if (header["alg"] === "RS256" && key.asymmetricKeyType === "rsa") {
    return verify("sha256", data, key, signature);
  }
  if (header["alg"] === "ES256" && key.asymmetricKeyType === "ec") {
    return verify("sha256", data, { key, dsaEncoding: "ieee-p1363" }, signature);
  }
  return false;
}
