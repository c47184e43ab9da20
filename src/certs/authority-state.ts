import { createPrivateKey } from "node:crypto";
import type { Authority, CertifiedKey } from "./authority.ts";
import { bundled, certificatesIn, parsedCertificate } from "./bundle.ts";

/** Everything that is kept of our own authority, in one Secret, so that a restart is no rotation. */
export interface AuthorityState {
  /** Signs serving certificates. */
  readonly authority: Authority;
  /** Announced in the caBundle; signs once every API server has had time to hear of it. */
  readonly next: Authority | undefined;
  /** Certificates of former authorities, trusted until nobody can be serving what they signed. */
  readonly previous: readonly string[];
  readonly serving: CertifiedKey;
}

/** What the API server must trust, as one PEM text. */
export function trustedBundle({ authority, next, previous }: AuthorityState): string {
  return bundled([...previous, authority.certificate, next?.certificate ?? ""]);
}

/** The Secret's data. `tls.crt`, `tls.key` and `ca.crt` have the names that Kubernetes users expect. */
export function secretDataOf(state: AuthorityState): Record<string, string> {
  return {
    "tls.crt": state.serving.certificate,
    "tls.key": state.serving.privateKey,
    "ca.crt": state.authority.certificate,
    "ca.key": state.authority.privateKey,
    "ca-previous.crt": bundled(state.previous),
    "ca-next.crt": state.next?.certificate ?? "",
    "ca-next.key": state.next?.privateKey ?? "",
  };
}

/** Reads what `secretDataOf` wrote; undefined when it is incomplete or its parts do not fit together. */
export function authorityStateFrom(data: Readonly<Record<string, string>>): AuthorityState | undefined {
  const serving = certifiedKey(data, "tls");
  const authority = certifiedKey(data, "ca");
  if (!serving || !authority) return undefined;
  const leaf = parsedCertificate(serving.certificate);
  const issuer = parsedCertificate(authority.certificate);
  if (!leaf || !issuer || !leaf.verify(issuer.publicKey)) return undefined;
  return {
    authority,
    next: certifiedKey(data, "ca-next"),
    previous: certificatesIn(data["ca-previous.crt"] ?? ""),
    serving,
  };
}

function certifiedKey(data: Readonly<Record<string, string>>, name: string): CertifiedKey | undefined {
  const certificate = data[`${name}.crt`] ?? "";
  const privateKey = data[`${name}.key`] ?? "";
  try {
    const fits = parsedCertificate(certificate)?.checkPrivateKey(createPrivateKey(privateKey)) ?? false;
    return fits ? { certificate, privateKey } : undefined;
  } catch {
    // No key in PEM: as good as none.
    return undefined;
  }
}
