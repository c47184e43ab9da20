import { X509Certificate } from "node:crypto";
import { certificatesIn } from "../../src/certs/bundle.ts";

/** Whether a client that trusts a bundle accepts a serving certificate at a time. */
export function isTrusted(certificate: string | Buffer, bundle: string, now: Date): boolean {
  const leaf = new X509Certificate(certificate);
  const isValid = (one: X509Certificate): boolean => one.validFromDate <= now && now < one.validToDate;
  return (
    isValid(leaf) &&
    certificatesIn(bundle).some((pem) => {
      const ca = new X509Certificate(pem);
      return isValid(ca) && leaf.checkIssued(ca) && leaf.verify(ca.publicKey);
    })
  );
}
