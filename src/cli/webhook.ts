import { readFile } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { Logger } from "pino";
import type { Registry } from "prom-client";
import { createAuthority, issueServingCertificate } from "../certs/authority.ts";
import type { CertificateSource } from "../certs/source.ts";
import type { Clock } from "../cluster/clock.ts";
import type { NamespaceAnnotations } from "../cluster/namespaces.ts";
import type { ProblemEvents } from "../cluster/trouble.ts";
import { createInjector } from "../injection/injector.ts";
import type { Pod } from "../injection/pod.ts";
import { webhookHelp } from "../settings/help.ts";
import type { CalledAs } from "../settings/setting.ts";
import { type WebhookSettings, webhookSettings } from "../settings/webhook.ts";
import { VERSION } from "../version.ts";
import { type Admit, createAdmitter, type Mutation } from "../webhook/admitter.ts";
import { type CertificateStatus, certificateStatus } from "../webhook/certificate-status.ts";
import { certificatesFor } from "../webhook/certificates.ts";
import { clusterAdmitter } from "../webhook/cluster-admitter.ts";
import { type ClusterMetrics, clusterMetrics, type ProblemPart } from "../webhook/cluster-metrics.ts";
import { createLogger, logProblem, logRecovered } from "../webhook/log.ts";
import { logDestination } from "../webhook/log-destination.ts";
import type { Membership } from "../webhook/membership.ts";
import { admissionMetrics, processRegistry } from "../webhook/metrics.ts";
import { serveWebhook, type WebhookParts } from "../webhook/serve.ts";
import type { Health } from "../webhook/server.ts";
import type { Command, CommandIo } from "./command.ts";

/** `keycard webhook`. */
export const webhookCommand: Command = commandCalled("webhook", "serves the admission webhook over HTTPS");

/** `keycard agent-inject`: the same, with the defaults of the Vault Agent Injector. */
export const agentInjectCommand: Command = commandCalled(
  "agent-inject",
  "the same with the Vault Agent Injector's defaults, as its drop-in",
);

function commandCalled(calledAs: CalledAs, summary: string): Command {
  return {
    name: calledAs,
    summary,
    help: webhookHelp(),
    async run(args, io) {
      const settings = webhookSettings(args, io.env, calledAs);
      const destination = logDestination(io.stdout, settings.server.logFormat);
      const log = createLogger(settings.server.logLevel, destination.stream);
      try {
        log.info({ version: VERSION, calledAs, engine: settings.injection.engine }, "starting");
        for (const warning of settings.warnings) log.warn({ reason: warning }, "setting ignored");
        await run(
          { settings, log, registry: processRegistry(VERSION), dropIn: calledAs === "agent-inject" },
          io,
        );
      } finally {
        destination.end();
      }
      return 0;
    },
  };
}

interface Process {
  readonly settings: WebhookSettings;
  readonly log: Logger;
  readonly registry: Registry;
  readonly dropIn: boolean;
}

const systemClock: Clock = {
  wall: () => new Date(),
  monotonic: () => performance.now(),
  sleep: (milliseconds, signal) => delay(milliseconds, undefined, { signal }).catch(() => {}),
};

async function run(process: Process, io: CommandIo): Promise<void> {
  const { settings, log, registry } = process;
  const inCluster = (io.env["KUBERNETES_SERVICE_HOST"] ?? "") !== "";
  let membership: Membership | undefined;
  const status = certificateStatus();
  const metrics = clusterMetrics(registry, {
    certificateValidUntil: status.validUntil,
    isLeader: () => membership?.leadership.isLeader() ?? false,
    areNamespacesCurrent:
      inCluster && settings.server.watchNamespaces
        ? () => membership?.namespaces?.isCurrent() ?? false
        : undefined,
  });
  const problems = (part: ProblemPart): ProblemEvents => ({
    onProblem(error) {
      metrics.problem(part);
      logProblem(log, part, error);
    },
    onRecovered: (error) => logRecovered(log, part, error),
  });
  try {
    if (inCluster) membership = await join(process, problems);
    const surroundings = { membership, status, metrics, problems };
    await serveWebhook(await partsOf(process, surroundings, io.signal), io.signal);
  } finally {
    await membership?.leave();
  }
}

/** What the parts of a running webhook share. */
interface Surroundings {
  readonly membership: Membership | undefined;
  readonly status: CertificateStatus;
  readonly metrics: ClusterMetrics;
  readonly problems: (part: ProblemPart) => ProblemEvents;
}

/** The Kubernetes client is large: it is loaded only where there is an API to talk to. */
async function join(
  { settings, log }: Process,
  problems: (part: ProblemPart) => ProblemEvents,
): Promise<Membership> {
  const { joinCluster } = await import("../webhook/membership.ts");
  const { vaultPrefixes, keycardPrefix } = settings.injection;
  return joinCluster(settings.server, [...vaultPrefixes, keycardPrefix], systemClock, {
    onLeadership: (isLeader) => log.info({ isLeader }, "leadership changed"),
    problems,
  });
}

async function partsOf(
  process: Process,
  surroundings: Surroundings,
  signal: AbortSignal,
): Promise<WebhookParts> {
  const { settings, log, registry, dropIn } = process;
  const { membership, status, metrics, problems } = surroundings;
  const namespaces = membership?.namespaces;
  const certificates = certificatesFor({
    settings: settings.server,
    membership,
    clock: systemClock,
    readFile: (path) => readFile(path, "utf8"),
    metrics,
    problems: problems("certificates"),
  });
  return {
    settings: settings.server,
    certificates,
    ...(settings.server.tlsCertFile === "" ? { provisional } : {}),
    certificateStatus: status,
    admit: await admitterOf(settings, surroundings, signal),
    health: healthOf(status, certificates, namespaces),
    log,
    metrics: admissionMetrics(registry, dropIn),
    registry,
    now: () => performance.now(),
    sleep: (milliseconds) => delay(milliseconds),
  };
}

function healthOf(
  status: CertificateStatus,
  certificates: CertificateSource,
  namespaces: NamespaceAnnotations | undefined,
): Health {
  return {
    notReady: () => [
      ...[status.problem(systemClock.wall())].filter((problem) => problem !== undefined),
      ...(namespaces?.isListed() === false ? ["Namespaces have not been listed yet"] : []),
    ],
    notLive: () => [
      ...(certificates.isStuck() ? ["the certificates' loop hangs"] : []),
      ...(namespaces?.isStuck() ? ["the watch of Namespaces hangs"] : []),
    ],
  };
}

/** A certificate for probes, which check none, until there is one for the API server. */
async function provisional() {
  const validity = { now: systemClock.wall(), lifetimeDays: 1 };
  return issueServingCertificate(await createAuthority(validity), {
    ...validity,
    hosts: ["provisional.invalid"],
  });
}

function admitterOf(
  { injection, askCluster }: WebhookSettings,
  { membership, problems }: Surroundings,
  signal: AbortSignal,
): Admit | Promise<Admit> {
  const admitterWith = (settings: WebhookSettings["injection"]): Admit =>
    createAdmitter(mutationWith(settings, membership?.namespaces?.annotationsOf));
  if (!membership || askCluster.length === 0) return admitterWith(injection);
  const { features } = membership;
  return clusterAdmitter(
    { settings: injection, askCluster, features, clock: systemClock, admitterWith, ...problems("version") },
    signal,
  );
}

function mutationWith(
  settings: WebhookSettings["injection"],
  annotationsOf: (namespace: string) => Readonly<Record<string, string>> = () => NO_ANNOTATIONS,
): Mutation {
  const inject = createInjector(settings);
  return {
    contextOf: annotationsOf,
    // Injection checks the shape of whatever it is given before it looks at it.
    decide: (pod, { namespace, isUpdate }) =>
      inject(pod as unknown as Pod, { namespace, namespaceAnnotations: annotationsOf(namespace), isUpdate }),
  };
}

/** Of a Namespace when there is no API server to ask. */
const NO_ANNOTATIONS = {};
