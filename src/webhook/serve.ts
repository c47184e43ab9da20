import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { CertifiedKey } from "../certs/authority.ts";
import type { CertificateSource } from "../certs/source.ts";
import type { ServerSettings } from "../settings/webhook.ts";
import type { Admit } from "./admitter.ts";
import type { CertificateStatus } from "./certificate-status.ts";
import type { AdmissionMetrics } from "./metrics.ts";
import { createWebhookServer, type Health, type WebhookServer } from "./server.ts";
import { tlsOptions } from "./tls.ts";

/** The parts that a running webhook is put together from. */
export interface WebhookParts {
  readonly settings: ServerSettings;
  readonly certificates: CertificateSource;
  /**
   * Makes a certificate that nobody trusts, to serve until there is one that somebody does: probes do not check
   * it, and a replica that waits for another to make certificates is alive. Absent: there is one from the start.
   */
  readonly provisional?: () => Promise<CertifiedKey>;
  readonly certificateStatus: CertificateStatus;
  readonly admit: Admit;
  readonly health: Health;
  readonly log: Logger;
  readonly metrics: AdmissionMetrics;
  readonly registry: Registry;
  readonly now: () => number;
  readonly sleep: (milliseconds: number) => Promise<void>;
}

/**
 * Serves until the signal, then turns unready, goes on serving for the shutdown delay (endpoints and load
 * balancers take a moment to notice), finishes what is in flight, and resolves.
 */
export async function serveWebhook(parts: WebhookParts, signal: AbortSignal): Promise<void> {
  const { settings, log, sleep } = parts;
  const server = await startServer(parts);
  try {
    const { address, port, family } = await server.listen(settings.listen.host, settings.listen.port);
    const host = family === "IPv6" ? `[${address}]` : address;
    log.info({ address: `https://${host}:${port}`, host: address, port }, "listening");
    await aborted(signal);
    server.drain();
    log.info({ delayMs: settings.shutdownDelay }, "shutting down");
    await sleep(settings.shutdownDelay);
  } finally {
    await server.close(settings.shutdownTimeout);
    await parts.certificates.stop();
  }
  log.info("stopped");
}

async function startServer(parts: WebhookParts): Promise<WebhookServer> {
  const { settings, log, certificates, certificateStatus } = parts;
  let server: WebhookServer | undefined;
  let newest: CertifiedKey | undefined;
  const serve = (certified: CertifiedKey): void => {
    newest = certified;
    certificateStatus.serves(certified);
    server?.setTls(tlsOptions(certified, settings));
    log.info({ validUntil: certificateStatus.validUntil() }, "serving certificate");
  };
  const first = certificates.start(serve).then((certified) => {
    serve(certified);
    return certified;
  });
  const initial = await (parts.provisional ? Promise.any([first, parts.provisional()]) : first);
  server = createWebhookServer({
    tls: tlsOptions(newest ?? initial, settings),
    limits: settings,
    admit: parts.admit,
    health: parts.health,
    log,
    metrics: parts.metrics,
    telemetry: { path: settings.telemetryPath, registry: parts.registry },
    now: parts.now,
  });
  return server;
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
