import { X509Certificate } from "node:crypto";
import type { CertifiedKey } from "../certs/authority.ts";

/** What is known of the certificate that is being served. */
export interface CertificateStatus {
  serves(certified: CertifiedKey): void;
  /** Why clients will not accept it; undefined: they will. */
  problem(now: Date): string | undefined;
  /** Undefined while there is none but the provisional one. */
  validUntil(): Date | undefined;
}

/** Follows the serving certificate for health and metrics. */
export function certificateStatus(): CertificateStatus {
  let certificate: X509Certificate | undefined;
  return {
    serves(certified) {
      certificate = new X509Certificate(certified.certificate);
    },
    problem(now) {
      if (!certificate) return "there is no serving certificate yet";
      if (now < certificate.validFromDate) return "the serving certificate is not valid yet";
      return now < certificate.validToDate ? undefined : "the serving certificate has expired";
    },
    validUntil: () => certificate?.validToDate,
  };
}
