import { readJsonPatch } from "./read-json-patch.ts";
import {
  type Reading,
  readBoolean,
  readInteger,
  readOptionalBoolean,
  readQuantity,
  readText,
  reject,
  writtenAs,
} from "./reading.ts";
import type { InjectionRequest } from "./request.ts";
import type { NameOf } from "./table.ts";

/** What the agent's containers look like. */
export function readAgent(reading: Reading): InjectionRequest["agent"] {
  const cpu = readResource(reading, "agent-requests-cpu", "agent-limits-cpu");
  const memory = readResource(reading, "agent-requests-mem", "agent-limits-mem");
  const storage = readResource(reading, "agent-requests-ephemeral", "agent-limits-ephemeral");
  return {
    image: readText(reading, reading.engine === "native" ? "keycard.dev/agent-image" : "agent-image"),
    requests: { cpu: cpu.request, memory: memory.request, ephemeralStorage: storage.request },
    limits: { cpu: cpu.limit, memory: memory.limit, ephemeralStorage: storage.limit },
    runAsUser: readInteger(reading, "agent-run-as-user"),
    runAsGroup: readInteger(reading, "agent-run-as-group"),
    runAsSameUser: readBoolean(reading, "agent-run-as-same-user"),
    setSecurityContext: readSetSecurityContext(reading),
    logLevel: readLogLevel(reading),
    logFormat: readText(reading, "log-format"),
    goMaxProcs: readText(reading, "go-max-procs"),
    extraSecret: readText(reading, "agent-extra-secret"),
    configMap: readText(reading, "agent-configmap"),
    sidecarPatch: readJsonPatch(reading, "agent-json-patch"),
    initPatch: readJsonPatch(reading, "agent-init-json-patch"),
  };
}

/** Whoever asks for an id asks for the security context that carries it. */
function readSetSecurityContext(reading: Reading): boolean {
  const written = readOptionalBoolean(reading, "agent-set-security-context");
  const ids = ["agent-run-as-user", "agent-run-as-group", "agent-run-as-same-user"] as const;
  return (
    written ??
    (reading.settings.setSecurityContext || ids.some((name) => writtenAs(reading, name) !== undefined))
  );
}

const NATIVE_LEVELS: ReadonlyMap<string, string> = new Map([
  ["", "info"],
  ["notice", "info"],
  ["warning", "warn"],
  ["err", "error"],
]);

/** Engine `native` knows Vault's spellings by one name each; Vault Agent gets what was written. */
function readLogLevel(reading: Reading): string {
  const level = readText(reading, "log-level");
  if (reading.engine !== "native") return level;
  return NATIVE_LEVELS.get(level.toLowerCase()) ?? level.toLowerCase();
}

/**
 * A request and a limit in canonical form. Kubernetes refuses a request above its limit. When strict, that
 * is said here where both were written; where one was, the other's default follows it.
 */
function readResource(
  reading: Reading,
  requestName: NameOf<"quantity">,
  limitName: NameOf<"quantity">,
): { readonly request: string; readonly limit: string } {
  const request = readQuantity(reading, requestName);
  const limit = readQuantity(reading, limitName);
  const asWritten = { request: request?.canonical ?? "", limit: limit?.canonical ?? "" };
  if (!reading.strict || request === undefined || limit === undefined || request.nano <= limit.nano) {
    return asWritten;
  }
  const writtenRequest = writtenAs(reading, requestName);
  if (writtenRequest !== undefined && writtenAs(reading, limitName) !== undefined) {
    reject(reading, writtenRequest, `${request.canonical} is more than the limit, ${limit.canonical}`);
    return asWritten;
  }
  const follows = writtenRequest === undefined ? limit.canonical : request.canonical;
  return { request: follows, limit: follows };
}
