import type { CertifiedKey } from "./authority.ts";

/** Where serving certificates come from: our own authority, or files that something else renews. */
export interface CertificateSource {
  /** Resolves to the first certificate, as soon as there is one; later ones are handed to `onChange`. */
  start(onChange: (certificate: CertifiedKey) => void): Promise<CertifiedKey>;
  /** Whether the source hangs, which only a restart can mend. */
  isStuck(): boolean;
  stop(): Promise<void>;
}
