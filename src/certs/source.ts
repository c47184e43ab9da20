import type { CertifiedKey } from "./authority.ts";

/**
 * Where serving certificates come from: our own authority, or files that something else renews. `start`
 * resolves once there is a certificate to serve; from then on `current` has the newest, and each change is
 * announced.
 */
export interface CertificateSource {
  start(onChange: (certificate: CertifiedKey) => void): Promise<CertifiedKey>;
  stop(): Promise<void>;
}
