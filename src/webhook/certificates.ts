import { registerCaFile } from "../certs/ca-file.ts";
import { fileCertificates } from "../certs/files.ts";
import { authorityCertificates, LOOK_MILLISECONDS } from "../certs/keeper.ts";
import type { CertificateSource } from "../certs/source.ts";
import type { Clock } from "../cluster/clock.ts";
import type { ProblemEvents } from "../cluster/trouble.ts";
import { KeycardError } from "../errors.ts";
import type { ServerSettings } from "../settings/webhook.ts";
import type { ClusterMetrics } from "./cluster-metrics.ts";
import type { Membership } from "./membership.ts";

/** What choosing a source of certificates needs. */
export interface CertificateParts {
  readonly settings: ServerSettings;
  /** Undefined outside a cluster. */
  readonly membership: Membership | undefined;
  readonly clock: Clock;
  readonly readFile: (path: string) => Promise<string>;
  readonly metrics: ClusterMetrics;
  readonly problems: ProblemEvents;
}

/** The source of certificates that the settings ask for: files when they name some, else our own authority. */
export function certificatesFor(parts: CertificateParts): CertificateSource {
  const { settings, membership } = parts;
  if (settings.tlsCertFile !== "") return fromFiles(parts);
  if (!membership) {
    throw new KeycardError(
      "KEYCARD_NO_CERTIFICATE",
      "Outside a cluster certificates come from files: set AGENT_INJECT_TLS_CERT_FILE and AGENT_INJECT_TLS_KEY_FILE.",
    );
  }
  return authorityCertificates({
    secret: membership.secret,
    registration: membership.registration,
    leadership: membership.leadership,
    hosts: settings.tlsAutoHosts,
    clock: parts.clock,
    lookMilliseconds: LOOK_MILLISECONDS,
    events: {
      onStep: parts.metrics.rotationStep,
      onPatched: parts.metrics.registrationPatched,
      ...parts.problems,
    },
  });
}

/** Files, and beside them the registration when it is to trust their CA. */
function fromFiles({
  settings,
  membership,
  clock,
  readFile,
  metrics,
  problems,
}: CertificateParts): CertificateSource {
  const files = fileCertificates({
    certificateFile: settings.tlsCertFile,
    keyFile: settings.tlsKeyFile,
    readFile,
    clock,
    ...problems,
  });
  if (settings.tlsCaCertFile === "" || !membership?.registration) return files;
  const { registration, leadership } = membership;
  const ended = new AbortController();
  let registering: Promise<void> = Promise.resolve();
  return {
    start(onChange) {
      registering = registerCaFile(
        {
          file: settings.tlsCaCertFile,
          readFile,
          registration,
          leadership,
          clock,
          onPatched: metrics.registrationPatched,
          ...problems,
        },
        ended.signal,
      );
      return files.start(onChange);
    },
    isStuck: files.isStuck,
    async stop() {
      ended.abort();
      await Promise.all([registering, files.stop()]);
    },
  };
}
