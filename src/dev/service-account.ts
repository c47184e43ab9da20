import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  randomUUID,
  sign,
} from "node:crypto";
import { isJsonObject, type JsonObject, type JsonValue } from "../json.ts";
import { checkJwt } from "./jwt.ts";

export interface ServiceAccountClaims {
  readonly namespace: string;
  readonly serviceAccount: string;
  /** Default: the issuer's own, as in a pod's default token. */
  readonly audience?: string;
  /** Default 3600. */
  readonly ttlSeconds?: number;
  /** Name of the pod the token is bound to. Default: `<serviceAccount>-0`. */
  readonly pod?: string;
}

/** Who a token speaks for, as TokenReview tells it. */
export interface ServiceAccountIdentity {
  readonly namespace: string;
  readonly serviceAccount: string;
  readonly uid: string;
  readonly audiences: readonly string[];
}

/** Signs service-account tokens as a Kubernetes API server does. */
export interface ServiceAccountIssuer {
  readonly issuer: string;
  /** SPKI, PEM. */
  readonly publicKey: string;
  sign(claims: ServiceAccountClaims): string;
  /** The token's owner, or undefined when signature, time or audience do not hold. */
  verify(token: string, audiences?: readonly string[]): ServiceAccountIdentity | undefined;
}

const ISSUER = "https://kubernetes.default.svc.cluster.local";

/**
 * A new issuer with a key of its own.
 * @param now Milliseconds since 1970; default the system clock.
 */
export function createServiceAccountIssuer(now: () => number = Date.now): ServiceAccountIssuer {
  const { privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const publicKey = createPublicKey(privateKey).export({ type: "spki", format: "pem" }).toString();
  return {
    issuer: ISSUER,
    publicKey,
    sign: (claims) => signToken(privateKey, claims, Math.floor(now() / 1000)),
    verify: (token, audiences = [ISSUER]) => {
      const time = { nowSeconds: Math.floor(now() / 1000), leewaySeconds: 0 };
      const checked = checkJwt(token, [publicKey], time);
      return checked.problem === undefined ? identityOf(checked.payload, audiences) : undefined;
    },
  };
}

/** The claims are those of a bound token: Kubernetes, `pkg/serviceaccount/claims.go`. */
function signToken(key: KeyObject, claims: ServiceAccountClaims, nowSeconds: number): string {
  const { namespace, serviceAccount } = claims;
  const pod = claims.pod ?? `${serviceAccount}-0`;
  const header = { alg: "ES256", kid: "development" };
  const payload = {
    aud: [claims.audience ?? ISSUER],
    exp: nowSeconds + (claims.ttlSeconds ?? 3600),
    iat: nowSeconds,
    iss: ISSUER,
    jti: randomUUID(),
    "kubernetes.io": {
      namespace,
      pod: { name: pod, uid: stableUid(`pod/${namespace}/${pod}`) },
      serviceaccount: { name: serviceAccount, uid: stableUid(`${namespace}/${serviceAccount}`) },
    },
    nbf: nowSeconds,
    sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
  };
  const signed = `${encode(header)}.${encode(payload)}`;
  const signature = sign("sha256", Buffer.from(signed), { key, dsaEncoding: "ieee-p1363" });
  return `${signed}.${signature.toString("base64url")}`;
}

function encode(part: JsonObject): string {
  return Buffer.from(JSON.stringify(part)).toString("base64url");
}

/** The same account has the same UID in every token, as in a cluster. */
function stableUid(name: string): string {
  const hex = createHash("sha256").update(name).digest("hex");
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)].join(
    "-",
  );
}

function identityOf(payload: JsonObject, wanted: readonly string[]): ServiceAccountIdentity | undefined {
  const kubernetes = payload["kubernetes.io"];
  const account = isJsonObject(kubernetes) ? kubernetes["serviceaccount"] : undefined;
  if (!isJsonObject(kubernetes) || !isJsonObject(account)) return undefined;
  const audiences = stringsOf(payload["aud"]).filter((audience) => wanted.includes(audience));
  if (audiences.length === 0) return undefined;
  return {
    namespace: String(kubernetes["namespace"]),
    serviceAccount: String(account["name"]),
    uid: String(account["uid"]),
    audiences,
  };
}

function stringsOf(value: JsonValue | undefined): readonly string[] {
  return (Array.isArray(value) ? value : [value]).filter((entry) => typeof entry === "string");
}
