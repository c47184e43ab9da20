import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Logger } from "pino";
import { fileCertificates } from "../certs/files.ts";
import type { CertificateSource } from "../certs/source.ts";
import { KeycardError } from "../errors.ts";
import { injectPod } from "../injection/inject.ts";
import type { Pod } from "../injection/pod.ts";
import { webhookHelp } from "../settings/help.ts";
import type { CalledAs } from "../settings/setting.ts";
import { type ServerSettings, type WebhookSettings, webhookSettings } from "../settings/webhook.ts";
import { VERSION } from "../version.ts";
import type { Mutate } from "../webhook/admission.ts";
import { createLogger } from "../webhook/log.ts";
import { logDestination } from "../webhook/log-destination.ts";
import { admissionMetrics, processRegistry } from "../webhook/metrics.ts";
import { serveWebhook } from "../webhook/serve.ts";
import type { Command, CommandIo } from "./command.ts";

/** `keycard webhook`. */
export const webhookCommand: Command = commandCalled("webhook");

/** `keycard agent-inject`: the same, with the defaults of the Vault Agent Injector. */
export const agentInjectCommand: Command = commandCalled("agent-inject");

function commandCalled(calledAs: CalledAs): Command {
  return {
    name: calledAs,
    summary: "serves the admission webhook over HTTPS",
    help: webhookHelp(),
    async run(args, io) {
      await runWebhook(webhookSettings(args, io.env, calledAs), io, calledAs);
      return 0;
    },
  };
}

async function runWebhook(settings: WebhookSettings, io: CommandIo, calledAs: CalledAs): Promise<void> {
  const { server } = settings;
  const destination = logDestination(io.stdout, server.logFormat);
  const log = createLogger(server.logLevel, destination.stream);
  try {
    log.info({ version: VERSION, calledAs, engine: settings.injection.engine }, "starting");
    for (const warning of settings.warnings) log.warn({ reason: warning }, "setting ignored");
    const registry = processRegistry(VERSION);
    await serveWebhook(
      {
        settings: server,
        certificates: certificateSource(server, log),
        mutate: mutateWith(settings),
        health: { notReady: () => [], notLive: () => [] },
        log,
        metrics: admissionMetrics(registry, calledAs === "agent-inject"),
        registry,
        now: () => performance.now(),
        sleep: (milliseconds) => sleep(milliseconds),
      },
      io.signal,
    );
  } finally {
    destination.end();
  }
}

function mutateWith({ injection }: WebhookSettings): Mutate {
  return (pod, namespace) =>
    // `injectPod` checks the shape of whatever it is given before it looks at it.
    injectPod(pod as unknown as Pod, { namespace, namespaceAnnotations: {}, settings: injection });
}

function certificateSource(settings: ServerSettings, log: Logger): CertificateSource {
  if (settings.tlsCertFile === "") {
    throw new KeycardError(
      "KEYCARD_NO_CERTIFICATE",
      "There is no certificate to serve: set AGENT_INJECT_TLS_CERT_FILE and AGENT_INJECT_TLS_KEY_FILE.",
    );
  }
  return fileCertificates({
    certificateFile: settings.tlsCertFile,
    keyFile: settings.tlsKeyFile,
    readFile: (path) => readFile(path, "utf8"),
    every: (milliseconds, run) => {
      const timer = setInterval(() => void run(), milliseconds);
      return { stop: () => clearInterval(timer) };
    },
    onProblem: (error) => log.error({ err: error }, "certificate files unusable"),
  });
}
