import { X509Certificate } from "node:crypto";

const CERTIFICATE = /-----BEGIN CERTIFICATE-----[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

/** The certificates of a PEM text, each once, as they stand in it. */
export function certificatesIn(pem: string): string[] {
  return [...new Set((pem.match(CERTIFICATE) ?? []).map((certificate) => `${certificate.trim()}\n`))];
}

/** One PEM text of several certificates. */
export function bundled(certificates: readonly string[]): string {
  return [...new Set(certificates.flatMap(certificatesIn))].join("");
}

/** Whether a certificate can be read and is valid at a time. */
export function isValidAt(certificate: string, now: Date): boolean {
  const parsed = parsedCertificate(certificate);
  return parsed !== undefined && parsed.validFromDate <= now && now < parsed.validToDate;
}

/** The first certificate of a PEM text; undefined when there is none that can be read. */
export function parsedCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem);
  } catch {
    return undefined;
  }
}
