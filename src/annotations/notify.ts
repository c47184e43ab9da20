import type { NotifyRequest } from "./request.ts";

/** Signals that a program can take as "look again". KILL and STOP cannot be taken at all. */
const SIGNALS = ["HUP", "INT", "QUIT", "USR1", "USR2", "TERM", "CONT", "WINCH"];

const LOOPBACK_URL = /^http:\/\/(?:127\.0\.0\.1|localhost|\[::1\]):(\d{1,5})(?:\/[!-~]*)?$/;

/** What a wrong value should have been. */
export const NOTIFY_EXPECTS =
  "none, signal:SIGNAL:PROCESS such as signal:HUP:nginx, or http://127.0.0.1:PORT/PATH";

/** Reads how the app wants to be told of a change; undefined for text that is none of the three ways. */
export function parseNotify(text: string): NotifyRequest | undefined {
  if (text === "none") return { kind: "none" };
  const [kind, signalName = "", process = "", ...rest] = text.split(":", 4);
  if (kind === "signal") {
    const signal = signalName.toUpperCase().replace(/^SIG/, "");
    const known = SIGNALS.includes(signal) && /^[A-Za-z0-9_.+-]{1,64}$/.test(process) && rest.length === 0;
    return known ? { kind: "signal", signal: `SIG${signal}`, process } : undefined;
  }
  const port = Number(LOOPBACK_URL.exec(text)?.[1]);
  return port >= 1 && port <= 65_535 ? { kind: "http", url: text } : undefined;
}
