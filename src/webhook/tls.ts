import type { SecureContextOptions } from "node:tls";
import type { CertifiedKey } from "../certs/authority.ts";
import type { ServerSettings } from "../settings/webhook.ts";

const VERSIONS = { tls10: "TLSv1", tls11: "TLSv1.1", tls12: "TLSv1.2", tls13: "TLSv1.3" } as const;

/** The suites of TLS 1.3 are not the operator's to choose, as in Go; OpenSSL wants them in the same list. */
const TLS13_SUITES = "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256";

/** TLS options of the server for a certificate. */
export function tlsOptions(certified: CertifiedKey, settings: TlsSettings): SecureContextOptions {
  const ciphers = ciphersOf(settings);
  return {
    cert: certified.certificate,
    key: certified.privateKey,
    minVersion: VERSIONS[settings.tlsMinVersion],
    ...(ciphers === undefined ? {} : { ciphers }),
    honorCipherOrder: true,
  };
}

export type TlsSettings = Pick<ServerSettings, "tlsMinVersion" | "tlsCipherSuites">;

function ciphersOf({ tlsMinVersion, tlsCipherSuites }: TlsSettings): string | undefined {
  // OpenSSL 3 speaks TLS below 1.2 only at security level 0.
  const old = tlsMinVersion === "tls10" || tlsMinVersion === "tls11";
  if (tlsCipherSuites.length === 0) return old ? "DEFAULT:@SECLEVEL=0" : undefined;
  const chosen = `${TLS13_SUITES}:${tlsCipherSuites.join(":")}`;
  return old ? `${chosen}:@SECLEVEL=0` : chosen;
}
