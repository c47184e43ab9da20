import { parseDuration } from "./duration.ts";
import type { InjectionRequest, NotifyRequest } from "./request.ts";

/** Signals that a program can take as "look again". KILL and STOP cannot be taken at all. */
const SIGNALS = ["HUP", "INT", "QUIT", "USR1", "USR2", "TERM", "CONT", "WINCH"];

/** Methods of HTTP that ask for something to be done. */
const METHODS = ["POST", "PUT", "PATCH", "GET", "DELETE"];

const LOOPBACK_URL = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})(?:\/[!-~]*)?$/;

/** For one attempt. */
const TIMEOUT = 5_000_000_000n;
const SHORTEST_TIMEOUT = 100_000_000n;
const LONGEST_TIMEOUT = 60_000_000_000n;

/** After the first attempt. */
const RETRIES = 4;
const MOST_RETRIES = 20;

/** What a wrong value should have been. */
export const NOTIFY_EXPECTS =
  "none, restart, signal:SIGNAL:PROCESS such as signal:HUP:nginx, or [METHOD] http://127.0.0.1:PORT/PATH " +
  "[timeout=5s] [retries=4]";

/** Reads how the app wants to be told of a change; undefined for text that is none of the ways. */
export function parseNotify(text: string): NotifyRequest | undefined {
  if (text === "none" || text === "restart") return { kind: text };
  return text.startsWith("signal:") ? parseSignal(text) : parseHttp(text.split(" "));
}

function parseSignal(text: string): NotifyRequest | undefined {
  const [, signalName = "", process = "", ...rest] = text.split(":", 4);
  const signal = signalName.toUpperCase().replace(/^SIG/, "");
  const known = SIGNALS.includes(signal) && /^[A-Za-z0-9_.+-]{1,64}$/.test(process) && rest.length === 0;
  return known ? { kind: "signal", signal: `SIG${signal}`, process } : undefined;
}

function parseHttp([first = "", ...others]: readonly string[]): NotifyRequest | undefined {
  const hasMethod = METHODS.includes(first);
  const [url = "", ...options] = hasMethod ? others : [first, ...others];
  const port = Number(LOOPBACK_URL.exec(url)?.[1]);
  const values = new Map(options.map((option) => splitOption(option)));
  const timeout = values.has("timeout") ? parseDuration(values.get("timeout") ?? "") : TIMEOUT;
  const retries = values.get("retries") ?? String(RETRIES);
  const isRight =
    port >= 1 &&
    port <= 65_535 &&
    values.size === options.length &&
    [...values.keys()].every((name) => name === "timeout" || name === "retries") &&
    /^\d{1,2}$/.test(retries) &&
    Number(retries) <= MOST_RETRIES;
  if (!isRight || timeout === undefined || timeout < SHORTEST_TIMEOUT || timeout > LONGEST_TIMEOUT) {
    return undefined;
  }
  const method = hasMethod ? first : "POST";
  return { kind: "http", method, url, timeoutSeconds: Number(timeout) / 1e9, retries: Number(retries) };
}

function splitOption(option: string): readonly [name: string, value: string] {
  const [name = "", ...value] = option.split("=");
  return [name, value.join("=")];
}

/** Every way in which the app of a pod wants to be told of something. */
export function notificationsOf({
  notify,
  notifyOf,
}: Pick<InjectionRequest["native"], "notify" | "notifyOf">): readonly NotifyRequest[] {
  return [notify, ...notifyOf.values()];
}
