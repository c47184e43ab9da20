import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import pg from "pg";
import { plainAgentConfig, plainTemplate } from "../../src/dev/agent-config.ts";
import type { AgentConfig } from "../../src/engines/native/agent-config.ts";
import { isJsonObject, type JsonObject } from "../../src/json.ts";
import type { AgentParts } from "./agent-parts.ts";

/** One run of the agent's program. */
export interface AgentRun {
  readonly process: ChildProcess;
  /** Everything it printed so far. */
  output(): string;
  /** The log's lines of this event. */
  events(name: string): readonly JsonObject[];
  /** Resolves when the event was logged as often as that. */
  until(name: string, times?: number): Promise<void>;
  /** Exit code, or the signal that ended it. */
  readonly ended: Promise<number | NodeJS.Signals | null>;
}

/** A pod as far as the agent sees it: directories, a service-account token, configuration. */
export interface AgentPod extends AsyncDisposable {
  readonly directory: string;
  readonly secrets: string;
  readonly config: AgentConfig;
  run(...args: readonly string[]): AgentRun;
  /** Runs the init container's part; fails the test if it does not end well. */
  init(): Promise<AgentRun>;
  /** Logs in to PostgreSQL with the files as they are now. */
  connect(): Promise<void>;
  username(): string;
  /** The rendered template. */
  template(): string;
  terminationMessage(): string;
  hasState(): boolean;
  /** The token of its latest login. */
  token(): Promise<string>;
}

export interface AgentPodOptions {
  readonly parts: AgentParts;
  readonly config?: Partial<AgentConfig>;
  /** Instead of Vault's own address. */
  readonly vaultAddress?: string;
  readonly verify?: boolean;
  /** Vault path of the login. Default `database/creds/app-role`. */
  readonly path?: string;
  /** A template beside the login. */
  readonly template?: string;
  /** Default `app`. */
  readonly role?: string;
  /** Default: a token that is there. */
  readonly tokenPath?: string;
  readonly podName?: string;
}

function configFor(options: AgentPodOptions, directory: string): AgentConfig {
  const { parts } = options;
  const { host, port, database } = parts.postgres;
  const plain = plainAgentConfig(directory, options.vaultAddress ?? parts.vault.address);
  const template = options.template;
  return {
    ...plain,
    auth: {
      ...plain.auth,
      config: { role: options.role ?? "app", token_path: options.tokenPath ?? join(directory, "token") },
      minBackoffSeconds: 0.2,
      maxBackoffSeconds: 2,
    },
    templates:
      template === undefined
        ? []
        : [{ ...plainTemplate(directory, "template", template), errorOnMissingKey: true, mode: 0o640 }],
    postgres: [
      {
        name: "db",
        path: options.path ?? "database/creds/app-role",
        directory: join(directory, "secrets", "db"),
        url: `postgresql://${host}:${port}/${database}`,
        verify: options.verify ?? true,
        verifyFailure: "keep",
      },
    ],
    rotationGraceSeconds: 1,
    startTimeoutSeconds: 30,
    logLevel: "debug",
    ...options.config,
  };
}

function startRun(command: readonly string[], env: Record<string, string>): AgentRun {
  const child = spawn(process.execPath, command, { env, stdio: ["ignore", "pipe", "pipe"] });
  let output = "";
  const listeners = new Set<() => void>();
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      for (const listener of listeners) listener();
    });
  }
  const events = (name: string): readonly JsonObject[] =>
    output
      .split("\n")
      .filter((line) => line.includes(`"event":"${name}"`) && line.endsWith("}"))
      .map((line) => JSON.parse(line))
      .filter(isJsonObject);
  const ended = once(child, "close").then(([code, signal]) => code ?? signal);
  return {
    process: child,
    output: () => output,
    events,
    ended,
    until: (name, times = 1) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (events(name).length < times) return;
          listeners.delete(check);
          resolve();
        };
        listeners.add(check);
        void ended.then((code) =>
          reject(new Error(`the agent ended with ${code} before ${name}:\n${output}`)),
        );
        check();
      }),
  };
}

/** Makes a pod's directories. Disposing kills what runs and removes them. */
export async function createAgentPod(options: AgentPodOptions): Promise<AgentPod> {
  const directory = await mkdtemp(join(tmpdir(), "keycard-agent-"));
  const secrets = join(directory, "secrets");
  await mkdir(secrets);
  await writeFile(join(directory, "token"), options.parts.serviceAccountToken());
  const config = configFor(options, directory);
  const termination = join(directory, "termination-log");
  await writeFile(termination, "");
  const env = {
    KEYCARD_AGENT_CONFIG: JSON.stringify(config),
    KEYCARD_POD_NAME: options.podName ?? "app-0",
    KEYCARD_POD_NAMESPACE: "default",
    KEYCARD_POD_IP: "127.0.0.1",
    KEYCARD_TERMINATION_LOG: termination,
  };
  const runs: AgentRun[] = [];
  const run = (...args: readonly string[]): AgentRun => {
    const started = startRun([options.parts.bundle, "agent", ...args], env);
    runs.push(started);
    return started;
  };
  const file = (name: string): string => readFileSync(join(secrets, "db", name), "utf8");
  return {
    directory,
    secrets,
    config,
    run,
    async init() {
      const started = run("--once");
      const code = await started.ended;
      if (code !== 0) throw new Error(`the init container ended with ${code}:\n${started.output()}`);
      return started;
    },
    async connect() {
      const client = new pg.Client({ connectionString: file("url") });
      // The server may end the connection while we say goodbye.
      client.on("error", () => undefined);
      await client.connect();
      await client.end();
    },
    username: () => file("username"),
    template: () => readFileSync(join(secrets, "template"), "utf8"),
    terminationMessage: () => readFileSync(termination, "utf8"),
    hasState: () => existsSync(join(directory, "state", "state.json")),
    async token() {
      const state = JSON.parse(await readFile(join(directory, "state", "state.json"), "utf8"));
      return String(state.tokens.at(-1)[1]);
    },
    async [Symbol.asyncDispose]() {
      for (const started of runs) {
        started.process.kill("SIGKILL");
        await started.ended;
      }
      await rm(directory, { recursive: true, force: true });
    },
  };
}

/** Logs in every 50 milliseconds, as an app without a pool would, and counts. */
export function watchLogins(pod: AgentPod): {
  stop(): Promise<{ logins: number; failures: readonly string[] }>;
} {
  const failures: string[] = [];
  let logins = 0;
  let stopped = false;
  const loop = async (): Promise<void> => {
    while (!stopped) {
      const pause = new Promise((resolve) => setTimeout(resolve, 50));
      try {
        await pod.connect();
        logins++;
      } catch (error) {
        failures.push(error instanceof Error ? error.message : String(error));
      }
      await pause;
    }
  };
  const running = loop();
  return {
    async stop() {
      stopped = true;
      await running;
      return { logins, failures };
    },
  };
}
