import { type AgentConfig, RESTART_EXIT_CODE } from "../engines/native/agent-config.ts";
import { KeycardError, messageOf } from "../errors.ts";
import { type AgentEnvironment, readAgentEnvironment } from "../settings/agent.ts";
import { createVaultClient } from "../vault/client.ts";
import type { VaultClient } from "../vault/response.ts";
import { VERSION } from "../version.ts";
import { type RunningAgent, startAgent } from "./agent.ts";
import { explainEnd } from "./agent-end.ts";
import { parseAgentConfig } from "./config.ts";
import { keepMemoryOutOfCoreDumps } from "./core-dumps.ts";
import { keepHealthServer } from "./health-server.ts";
import { createLogger, type Logger } from "./logger.ts";
import { loginEnvironment } from "./login-environment.ts";
import { createMetrics, type Metrics } from "./metrics.ts";
import { createNotifier, sendSignal } from "./notify/notifier.ts";
import { waitUntilReady } from "./ready-wait.ts";
import { createRenderer } from "./rendering.ts";
import { createStateFile, isMarkedReady } from "./state-file.ts";
import { writeTerminationMessage } from "./termination.ts";

/** What the program needs of its process. */
export interface AgentProcess {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** Aborted when the process is told to end. */
  readonly signal: AbortSignal;
}

export const AGENT_HELP = `Usage: keycard agent [--once]
       keycard agent probe|wait

Keeps a pod's secrets: logs in to Vault, reads, renders, writes, renews, rotates, and revokes at the end.
Configured by KEYCARD_AGENT_CONFIG, which Keycard's webhook writes into the containers it adds to a pod.

  --once      write the files once, leave token and leases to the sidecar, and end (the init container)
  probe       end with 0 if the agent of this container has written everything and it works (a startup probe)
  wait        end with 0 as soon as it has (the post-start hook of a sidecar without an init container)
  --help      show this text
  --version   show the version

Exit codes: 0 done, 1 gave up or failed (the termination message says why), 2 wrong usage,
88 all containers of the pod are to start anew.`;

/** `performance` would tell it too, and load a part of Node that nothing else here needs. */
function monotonicMs(): number {
  const [seconds, nanoseconds] = process.hrtime();
  return seconds * 1000 + nanoseconds / 1e6;
}

function timed(client: VaultClient, metrics: Metrics): VaultClient {
  return {
    ...client,
    async send(request) {
      const start = monotonicMs();
      try {
        return await client.send(request);
      } finally {
        metrics.observeVault((monotonicMs() - start) / 1000);
      }
    },
  };
}

async function start(
  config: AgentConfig,
  configText: string,
  mode: "once" | "serve",
  environment: AgentEnvironment,
  io: AgentProcess,
  parts: { readonly log: Logger; readonly metrics: Metrics },
): Promise<RunningAgent> {
  const client = timed(createVaultClient(config.vault), parts.metrics);
  const templates = config.templates.length === 0 ? undefined : await import("../templates/index.ts");
  const applicationName = [environment.podNamespace, environment.podName].filter(Boolean).join("/");
  return await startAgent({
    ...parts,
    config,
    mode,
    applicationName,
    client,
    templates,
    login: loginEnvironment(config.vault, client, io.env, parts.log),
    renderer: await createRenderer({ config, templates, applicationName, variables: environment.variables }),
    stateFile: createStateFile(config.stateDirectory, configText),
    notifier: createNotifier({
      ...parts,
      ways: config,
      // What is still to be told keeps no process from ending: the next one goes on with it.
      pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds).unref()),
      signal: sendSignal,
    }),
    clock: () => ({ monotonicMs: monotonicMs(), wallMs: Date.now() }),
    random: Math.random,
  });
}

async function serve(
  mode: "once" | "serve",
  environment: AgentEnvironment,
  io: AgentProcess,
  parsed: { readonly config: AgentConfig; readonly log: Logger },
): Promise<number> {
  const { config, log } = parsed;
  const metrics = createMetrics();
  if (!keepMemoryOutOfCoreDumps()) log.debug("core-dumps-not-limited");
  log.info("started", { mode, version: VERSION, vault: config.vault.address });
  const agent = await start(config, environment.config, mode, environment, io, { log, metrics });
  const address = { host: environment.healthHost, port: config.healthPort };
  const health =
    mode === "serve" && config.healthPort !== 0 ? keepHealthServer(address, agent, metrics, log) : undefined;
  const stop = (): void => agent.stop();
  io.signal.addEventListener("abort", stop);
  if (io.signal.aborted) stop();
  const end = await agent.ended;
  await health?.stop();
  if (end.kind === "done") {
    log.info("ended");
    return 0;
  }
  if (end.kind === "restart") {
    const message = `Keycard starts this pod anew to show it what changed: ${end.changed.join(", ")}.`;
    writeTerminationMessage(environment.terminationMessagePath, message);
    return RESTART_EXIT_CODE;
  }
  throw new KeycardError("KEYCARD_AGENT_GAVE_UP", explainEnd(end, config));
}

async function run(mode: "once" | "serve", io: AgentProcess): Promise<number> {
  const environment = readAgentEnvironment(io.env);
  let log: Logger | undefined;
  try {
    const config = parseAgentConfig(environment.config);
    const { podName, podNamespace } = environment;
    const base = { pod: podName || undefined, namespace: podNamespace || undefined };
    log = createLogger({ level: config.logLevel, base, write: io.stdout, now: Date.now });
    return await serve(mode, environment, io, { config, log });
  } catch (error) {
    const message = messageOf(error);
    if (log) log.error("gave-up", { message });
    else io.stderr(`keycard agent: ${message}\n`);
    writeTerminationMessage(environment.terminationMessagePath, message);
    return 1;
  }
}

function probe(io: AgentProcess): number {
  const { stateDirectory } = parseAgentConfig(readAgentEnvironment(io.env).config);
  if (isMarkedReady(stateDirectory)) return 0;
  io.stderr("keycard agent: not everything is written yet\n");
  return 1;
}

async function wait(io: AgentProcess): Promise<number> {
  const { stateDirectory, startTimeoutSeconds } = parseAgentConfig(readAgentEnvironment(io.env).config);
  const isReady = await waitUntilReady({
    isReady: () => isMarkedReady(stateDirectory),
    timeoutSeconds: startTimeoutSeconds,
    now: monotonicMs,
    pause: (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
    signal: io.signal,
  });
  if (isReady) return 0;
  io.stderr("keycard agent: not everything is written yet; the log of the agent says why\n");
  return 1;
}

/** Runs the agent with the arguments after `agent`. @returns the exit code. */
export async function runAgentProgram(args: readonly string[], io: AgentProcess): Promise<number> {
  const [first, ...rest] = args;
  try {
    if (rest.length === 0) {
      switch (first) {
        case undefined:
          return await run("serve", io);
        case "--once":
          return await run("once", io);
        case "probe":
          return probe(io);
        case "wait":
          return await wait(io);
        case "--help":
        case "-h":
          io.stdout(`${AGENT_HELP}\n`);
          return 0;
        case "--version":
          io.stdout(`${VERSION}\n`);
          return 0;
        default:
      }
    }
  } catch (error) {
    io.stderr(`keycard agent: ${messageOf(error)}\n`);
    return 1;
  }
  io.stderr(`keycard agent: ${args.join(" ")} is not known here\n${AGENT_HELP}\n`);
  return 2;
}
