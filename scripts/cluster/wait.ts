import { setTimeout as delay } from "node:timers/promises";
import { messageOf } from "../../src/errors.ts";
import { ClusterError } from "./cluster-error.ts";
import { isRunning, logTail } from "./daemon.ts";
import type { ClusterLayout } from "./layout.ts";

export interface WaitOptions {
  readonly seconds: number;
  /** Gives up at once, with the end of its log, when this daemon has ended. */
  readonly daemon?: { readonly layout: ClusterLayout; readonly name: string };
}

/**
 * Asks again and again until the answer is true or the time is over.
 * @throws ClusterError with the last reason and, if a daemon is named, the end of its log.
 */
export async function waitUntil(
  what: string,
  { seconds, daemon }: WaitOptions,
  probe: () => Promise<boolean>,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  let reason = "";
  for (;;) {
    try {
      if (await probe()) return;
    } catch (thrown) {
      reason = messageOf(thrown);
    }
    const ended = daemon !== undefined && !(await isRunning(daemon.layout, daemon.name));
    if (ended || Date.now() > deadline) {
      const told = [
        ended ? `${daemon.name} ended while waiting for ${what}.` : `Waited ${seconds} s for ${what}.`,
        reason,
        daemon === undefined ? "" : await logTail(daemon.layout, daemon.name),
      ];
      throw new ClusterError(told.filter(Boolean).join("\n"));
    }
    await delay(200);
  }
}
