import { createLogger } from "../../../src/agent/logger.ts";
import { createMetrics } from "../../../src/agent/metrics.ts";
import type { Ways } from "../../../src/agent/notify/audience.ts";
import { createNotifier, type Notifier } from "../../../src/agent/notify/notifier.ts";
import type { AgentNotify, AgentPostgres, AgentTemplate } from "../../../src/engines/native/agent-config.ts";
import { isJsonObject, type JsonObject } from "../../../src/json.ts";

/** A notifier, and everything it did. Pauses end when the test says so. */
export interface Recorder {
  readonly notifier: Notifier;
  /** `PROCESS SIGNAL` of each attempt. */
  readonly signals: string[];
  /** Log lines of an event, without what every line has. */
  logged(event: string): readonly JsonObject[];
  /** Lines of the metric that counts notifications. */
  counts(): readonly string[];
  /** Milliseconds of the pauses that were asked for. */
  readonly pauses: number[];
  /** Ends the pause that goes on. */
  goOn(): Promise<void>;
}

/** Lets everything that is ready to run, run. */
function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** @param reached how many processes each signal gets to, or the error it ends with. */
export function recordedNotifier(ways: Partial<Ways>, reached: () => number = () => 1): Recorder {
  const lines: string[] = [];
  const signals: string[] = [];
  const pauses: number[] = [];
  const metrics = createMetrics();
  let endPause: (() => void) | undefined;
  const notifier = createNotifier({
    ways: { notify: { kind: "none" }, postgres: [], templates: [], ...ways },
    log: createLogger({ level: "trace", base: {}, write: (line) => lines.push(line), now: () => 0 }),
    metrics,
    pause: (milliseconds) => {
      pauses.push(milliseconds);
      return new Promise((resolve) => {
        endPause = resolve;
      });
    },
    signal: (process, signal) => {
      signals.push(`${process} ${signal}`);
      return reached();
    },
  });
  return {
    notifier,
    signals,
    pauses,
    logged: (event) =>
      lines
        .map((line) => JSON.parse(line))
        .filter(isJsonObject)
        .filter((line) => line["event"] === event)
        .map(({ kind, of, message, msg }) => JSON.parse(JSON.stringify({ kind, of, message, msg }))),
    counts: () =>
      metrics
        .page([])
        .split("\n")
        .filter((line) => line.startsWith("keycard_agent_notifications_total{")),
    async goOn() {
      await turn();
      endPause?.();
      await turn();
    },
  };
}

export const HUP: AgentNotify = { kind: "signal", signal: "SIGHUP", process: "nginx" };
export const RESTART: AgentNotify = { kind: "restart" };

/** A login of the configuration, told of as the pod is unless it has its own way. */
export function loginOf(name: string, notify?: AgentNotify): AgentPostgres {
  return {
    name,
    path: `database/creds/${name}`,
    directory: `/secrets/${name}`,
    verify: false,
    verifyFailure: "keep",
    ...(notify === undefined ? {} : { notify }),
  };
}

/** A template of the configuration. */
export function templateOf(name: string, notify?: AgentNotify): AgentTemplate {
  return {
    name,
    source: { kind: "inline", text: "" },
    destination: `/secrets/${name}`,
    leftDelimiter: "{{",
    rightDelimiter: "}}",
    errorOnMissingKey: false,
    mode: 0o644,
    ...(notify === undefined ? {} : { notify }),
  };
}
