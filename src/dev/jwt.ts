import { createPublicKey, verify } from "node:crypto";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";

/** What a JWT says, or the first thing that is wrong with it. */
export type JwtCheck =
  | { readonly payload: JsonObject; readonly problem?: undefined }
  | { readonly problem: "malformed" | "signature" | "expired" | "not-yet-valid" };

/** When a JWT is checked, and how far clocks may differ. */
export interface JwtTime {
  readonly nowSeconds: number;
  readonly leewaySeconds: number;
}

/** Checks a JWT signed with RS256 or ES256 against public keys in PEM, one of which must fit. */
export function checkJwt(token: string, publicKeys: readonly string[], time: JwtTime): JwtCheck {
  const decoded = decodeJwt(token);
  if (decoded === undefined) return { problem: "malformed" };
  const { header, payload } = decoded;
  if (!publicKeys.some((key) => signedBy(token, header, key))) return { problem: "signature" };
  const { exp, nbf } = payload;
  const { nowSeconds, leewaySeconds } = time;
  if (typeof exp === "number" && nowSeconds > exp + leewaySeconds) return { problem: "expired" };
  if (typeof nbf === "number" && nowSeconds < nbf - leewaySeconds) return { problem: "not-yet-valid" };
  return { payload };
}

function decodeJwt(token: string): { header: JsonObject; payload: JsonObject } | undefined {
  const parts = token.split(".");
  const [header, payload] = parts.map(parsePart);
  return parts.length !== 3 || header === undefined || payload === undefined
    ? undefined
    : { header, payload };
}

function parsePart(part: string): JsonObject | undefined {
  try {
    const value: JsonValue = JSON.parse(Buffer.from(part, "base64url").toString("utf8"));
    return isJsonObject(value) ? value : undefined;
  } catch {
    return undefined;
  }
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
