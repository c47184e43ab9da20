import { randomUUID } from "node:crypto";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { parse } from "yaml";
import { KeycardError } from "../../errors.ts";
import type { Pod } from "../../injection/pod.ts";
import { type RunningPod, startPod } from "../pod-runner/pod-process.ts";
import { AgentLog } from "./agent-log.ts";
import { admitServiceAccount, applyPatch, reviewPod } from "./api-server.ts";
import { type DemoParts, startDemoParts } from "./parts.ts";
import { podDiff } from "./pod-diff.ts";
import { judge, type Row } from "./promises.ts";
import { QueryLog } from "./query-log.ts";
import { leaseDesk } from "./vault-leases.ts";

/** Short enough that renewals and rotations can be watched. */
const DATABASE = { defaultTtlSeconds: 8, maxTtlSeconds: 24 };

/** By now a pod left alone has rotated twice and repaired once; more is left to `--watch`. */
const RUN_SECONDS = 75;
const REVOKE_AFTER_SECONDS = 32;
const REPAIR_SECONDS = 10;

export interface DemoOptions {
  /** Run until `signal` aborts instead of for a fixed time. */
  readonly watch: boolean;
  readonly root: string;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly signal: AbortSignal;
  readonly print: (line: string) => void;
}

/**
 * The whole way of a pod on real parts: from its manifest through the webhook to processes that log in to
 * PostgreSQL, through renewals, rotations and a revocation behind the agent's back, to the end of the pod.
 * Resolves to the rows of the closing table.
 */
export async function runDemo(options: DemoOptions): Promise<readonly Row[]> {
  const { print } = options;
  const progress = timedProgress(print);
  print(`Starting the parts; with the pod's own time this takes about ${RUN_SECONDS + 15} seconds.\n`);
  const manifest = parse(await readFile(join(options.root, "examples", "demo", "pod.yaml"), "utf8")) as Pod;
  const namespace = manifest.metadata?.namespace ?? "default";
  await using parts = await startDemoParts({
    env: options.env,
    root: options.root,
    database: DATABASE,
    namespace,
    progress,
  });
  const pod = await admit(withDatabase(manifest, parts), parts, options);
  // Awaited here: returning the promise would end the parts before the pod.
  return await live(pod, parts, options, progress);
}

/** The example names a database that only a cluster has; here it is the one that was just started. */
function withDatabase(pod: Pod, { postgres }: DemoParts): Pod {
  const annotations = Object.fromEntries(
    Object.entries(pod.metadata?.annotations ?? {}).map(([key, value]) => [
      key,
      value.replace("db.prod:5432", `${postgres.host}:${postgres.port}`),
    ]),
  );
  return { ...pod, metadata: { ...pod.metadata, annotations } };
}

async function admit(pod: Pod, parts: DemoParts, { print }: DemoOptions): Promise<Pod> {
  const created = admitServiceAccount(pod);
  const admission = await reviewPod(created, randomUUID(), parts.webhook);
  if (!admission.allowed) {
    throw new KeycardError("KEYCARD_DEV_DENIED", `The webhook denied the pod: ${admission.message}`);
  }
  const patched = applyPatch(created, admission.operations);
  print(
    `\nAdmissionReview for pod ${pod.metadata?.name}: allowed, ${admission.operations.length} operations.`,
  );
  for (const warning of admission.warnings) print(`Warning: ${warning}`);
  print(`The pod as the webhook changed it (names of the cluster stand for processes of this machine):\n`);
  for (const line of podDiff(created, patched)) print(`  ${line}`);
  print("");
  return patched;
}

async function live(
  pod: Pod,
  parts: DemoParts,
  options: DemoOptions,
  progress: (line: string) => void,
): Promise<readonly Row[]> {
  const queries = new QueryLog();
  const agent = new AgentLog(progress);
  await using running = await startPod({
    pod,
    directory: parts.directory,
    entrypoint: () => [process.execPath, join(options.root, "dist", "keycard-agent.cjs")],
    baseEnvironment: { PATH: options.env["PATH"] ?? "", NODE_PATH: join(options.root, "node_modules") },
    issueToken: (request) =>
      parts.issuer.sign({
        namespace: pod.metadata?.namespace ?? "default",
        serviceAccount: pod.spec.serviceAccountName ?? "default",
        ...request,
      }),
    onLine: (container, line) => {
      if (container === "app") queries.add(line);
      else agent.add(container, line);
    },
    onStart: (container, kind) => progress(`${kind} container ${container.name} started`),
  });
  const repairSeconds = await disturb(running, parts, queries, options, progress);
  progress("deleting the pod: SIGTERM to the app, then to the agent");
  const exitCodes = await running.stop(pod.spec.terminationGracePeriodSeconds ?? 30);
  const rolesLeft = await parts.postgres.query("SELECT 1 FROM pg_roles WHERE rolname LIKE 'v-%'");
  const leasesLeft = await leaseDesk(parts.vault).list();
  return judge({
    vault: parts.meter.counts,
    queries: queries.totals(),
    replacements: agent.replacements,
    rolesCreated: parts.roleCounter.created(),
    rolesLeft: rolesLeft.length,
    leasesLeft: leasesLeft.length,
    revokedBehindItsBack: repairSeconds === "not tried" ? 0 : 1,
    repairSeconds: repairSeconds === "not tried" ? undefined : repairSeconds,
    exitCodes,
  });
}

/** Lets the pod live; once, as an operator might, revokes its lease behind the agent's back. */
async function disturb(
  running: RunningPod,
  parts: DemoParts,
  queries: QueryLog,
  options: DemoOptions,
  progress: (line: string) => void,
): Promise<number | undefined | "not tried"> {
  const started = Date.now();
  const stillToGo = (seconds: number) => Math.max(0, started + seconds * 1000 - Date.now());
  await pause(stillToGo(REVOKE_AFTER_SECONDS), running, options.signal);
  if (options.signal.aborted) return "not tried";
  const repaired = await revokeOnce(parts, queries, options.signal, progress);
  await pause(options.watch ? undefined : stillToGo(RUN_SECONDS), running, options.signal);
  return repaired;
}

/** Seconds from the revocation to the first query answered with another login. */
async function revokeOnce(
  parts: DemoParts,
  queries: QueryLog,
  signal: AbortSignal,
  progress: (line: string) => void,
): Promise<number | undefined | "not tried"> {
  const desk = leaseDesk(parts.vault);
  let leases = await desk.list();
  // In an overlap there are two; the one the app uses is known when it is the only one.
  while (leases.length !== 1 && !signal.aborted) {
    await delay(100);
    leases = await desk.list();
  }
  const [leaseId] = leases;
  if (leaseId === undefined) return "not tried";
  const user = queries.user;
  const began = Date.now();
  queries.beginDisturbance(began);
  await desk.revoke(leaseId);
  progress(`revoked the lease of ${user} behind the agent's back`);
  while (queries.user === user && Date.now() - began < REPAIR_SECONDS * 1000) await delay(20);
  queries.endDisturbance(Date.now());
  if (queries.user === user) return undefined;
  const seconds = (Date.now() - began) / 1000;
  progress(`the app is back, as ${queries.user}, after ${seconds.toFixed(1)} s`);
  return seconds;
}

/** Waits; forever when no time is given. Ends early on Ctrl-C, and throws when the app ends by itself. */
async function pause(
  milliseconds: number | undefined,
  running: RunningPod,
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const aborted = new Promise<void>((resolve) => {
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { signal: over.signal });
  });
  const waited =
    milliseconds === undefined ? new Promise<never>(() => {}) : delay(milliseconds, undefined, over);
  const ended = await Promise.race([aborted, waited.catch(() => {}), running.appEnded]);
  over.abort();
  if (ended) {
    throw new KeycardError(
      "KEYCARD_DEV_APP_ENDED",
      `Container ${ended.container} ended with ${ended.exitCode}.`,
    );
  }
}

function timedProgress(print: (line: string) => void): (line: string) => void {
  const started = Date.now();
  return (line) => print(`${((Date.now() - started) / 1000).toFixed(1).padStart(6)} s  ${line}`);
}
