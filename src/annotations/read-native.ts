import { parseDuration } from "./duration.ts";
import { NOTIFY_EXPECTS, parseNotify } from "./notify.ts";
import { quoted } from "./printable.ts";
import {
  type Reading,
  readBoolean,
  readDuration,
  readOptionalBoolean,
  readText,
  reject,
  writtenAs,
} from "./reading.ts";
import type { InjectionRequest, NotifyRequest } from "./request.ts";
import type { NameOf } from "./table.ts";

/** What only engine `native` can do. */
export function readNative(reading: Reading): InjectionRequest["native"] {
  return {
    sidecar: readBoolean(reading, "keycard.dev/native-sidecar"),
    notify: readNotify(reading),
    verifyIntervalSeconds: readWholeSeconds(reading, "keycard.dev/verify-interval"),
    rotationGraceSeconds: readWholeSeconds(reading, "keycard.dev/rotation-grace"),
    revoke: readRevoke(reading),
    healthPort: Number(readText(reading, "keycard.dev/health-port")) || 0,
    startTimeoutSeconds: readWholeSeconds(reading, "keycard.dev/start-timeout"),
  };
}

function readNotify(reading: Reading): NotifyRequest {
  const text = readText(reading, "keycard.dev/notify");
  const notify = parseNotify(text);
  const written = writtenAs(reading, "keycard.dev/notify");
  if (notify === undefined && written !== undefined) {
    reject(reading, written, `expected ${NOTIFY_EXPECTS}, got ${quoted(text)}`);
  }
  return notify ?? { kind: "none" };
}

/** Revoking is the default here; the Vault Agent Injector's annotation counts only where somebody wrote it. */
function readRevoke(reading: Reading): boolean {
  return (
    readOptionalBoolean(reading, "keycard.dev/revoke-on-shutdown") ??
    (reading.engine === "native" ? readOptionalBoolean(reading, "agent-revoke-on-shutdown") : undefined) ??
    true
  );
}

/** A duration in seconds; what is shorter than a second counts as one. */
function readWholeSeconds(reading: Reading, name: NameOf<"duration">): number {
  const nanoseconds = parseDuration(readDuration(reading, name)) ?? 0n;
  return Number((nanoseconds + 999_999_999n) / 1_000_000_000n);
}
