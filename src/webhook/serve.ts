import type { Logger } from "pino";
import type { Registry } from "prom-client";
import type { CertificateSource } from "../certs/source.ts";
import type { ServerSettings } from "../settings/webhook.ts";
import type { Mutate } from "./admission.ts";
import type { AdmissionMetrics } from "./metrics.ts";
import { createWebhookServer, type Health } from "./server.ts";
import { tlsOptions } from "./tls.ts";

/** The parts that a running webhook is put together from. */
export interface WebhookParts {
  readonly settings: ServerSettings;
  readonly certificates: CertificateSource;
  readonly mutate: Mutate;
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
  const { settings, certificates, log } = parts;
  const certificate = await certificates.start((next) => {
    server.setTls(tlsOptions(next, settings));
    log.info("certificate changed");
  });
  const server = createWebhookServer({
    tls: tlsOptions(certificate, settings),
    limits: settings,
    mutate: parts.mutate,
    health: parts.health,
    log,
    metrics: parts.metrics,
    telemetry: { path: settings.telemetryPath, registry: parts.registry },
    now: parts.now,
  });
  try {
    const { address, port, family } = await server.listen(settings.listen.host, settings.listen.port);
    const host = family === "IPv6" ? `[${address}]` : address;
    log.info({ address: `https://${host}:${port}`, host: address, port }, "listening");
    await aborted(signal);
    server.drain();
    log.info({ delayMs: settings.shutdownDelay }, "shutting down");
    await parts.sleep(settings.shutdownDelay);
  } finally {
    await server.close(settings.shutdownTimeout);
    await certificates.stop();
  }
  log.info("stopped");
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve();
    else signal.addEventListener("abort", () => resolve(), { once: true });
  });
}
