import { generateKeyPairSync, sign } from "node:crypto";
import { describe, expect, it } from "vitest";
import { checkJwt } from "../../src/dev/jwt.ts";
import { createServiceAccountIssuer } from "../../src/dev/service-account.ts";

const NOW = Date.UTC(2026, 0, 1);

describe("A service-account token", () => {
  const issuer = createServiceAccountIssuer(() => NOW);
  const claims = { namespace: "default", serviceAccount: "app" };

  it("has the claims that Kubernetes gives a pod's", () => {
    const checked = checkJwt(issuer.sign(claims), [issuer.publicKey], {
      nowSeconds: NOW / 1000,
      leewaySeconds: 0,
    });
    expect(checked).toMatchObject({
      payload: {
        aud: ["https://kubernetes.default.svc.cluster.local"],
        sub: "system:serviceaccount:default:app",
        iat: NOW / 1000,
        nbf: NOW / 1000,
        exp: NOW / 1000 + 3600,
        "kubernetes.io": {
          namespace: "default",
          pod: { name: "app-0" },
          serviceaccount: { name: "app" },
        },
      },
    });
  });

  it("is recognised by its issuer, with the same uid every time", () => {
    const [first, second] = [issuer.verify(issuer.sign(claims)), issuer.verify(issuer.sign(claims))];
    expect(first).toMatchObject({ namespace: "default", serviceAccount: "app" });
    expect(second?.uid).toBe(first?.uid);
    expect(issuer.verify(issuer.sign({ ...claims, serviceAccount: "other" }))?.uid).not.toBe(first?.uid);
  });

  it.each([
    ["expired", () => issuer.sign({ ...claims, ttlSeconds: -1 })],
    ["for another audience", () => issuer.sign({ ...claims, audience: "other" })],
    ["of another issuer", () => createServiceAccountIssuer(() => NOW).sign(claims)],
    ["tampered with", () => issuer.sign(claims).replace(/\.[^.]*\./, ".e30.")],
    ["none at all", () => "nonsense"],
  ])("is refused when %s", (_name, token) => {
    expect(issuer.verify(token())).toBeUndefined();
  });

  it("may be signed with RSA, but not with a key of the other kind", () => {
    const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
    const publicKey = rsa.publicKey.export({ type: "spki", format: "pem" }).toString();
    const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString("base64url");
    const signed = (algorithm: string): string => {
      const data = `${part({ alg: algorithm })}.${part({ sub: "a" })}`;
      return `${data}.${sign("sha256", Buffer.from(data), rsa.privateKey).toString("base64url")}`;
    };
    const time = { nowSeconds: 0, leewaySeconds: 0 };
    expect(checkJwt(signed("RS256"), [publicKey], time)).toEqual({ payload: { sub: "a" } });
    for (const algorithm of ["ES256", "HS256", "none"]) {
      expect(checkJwt(signed(algorithm), [publicKey], time)).toEqual({ problem: "signature" });
    }
  });
});
