import { notificationsOf } from "./notify.ts";
import { type Declared, readNotifications } from "./read-notify.ts";
import { readVariables } from "./read-variables.ts";
import {
  type Reading,
  readBoolean,
  readOptionalBoolean,
  readText,
  readWholeSeconds,
  writtenAs,
} from "./reading.ts";
import type { InjectionRequest } from "./request.ts";

/** Kubelet ends a pod that is deleted only when the post-start hook of its sidecar has ended. */
const LONGEST_HOOK_SECONDS = 60;

/** What only engine `native` can do. */
export function readNative(reading: Reading, declared: Declared): InjectionRequest["native"] {
  const sidecar = readBoolean(reading, "keycard.dev/native-sidecar");
  const notifications = readNotifications(reading, declared, sidecar);
  const mayLeaveOut =
    sidecar &&
    !readBoolean(reading, "agent-pre-populate-only") &&
    !notificationsOf(notifications).some(({ kind }) => kind === "restart");
  const initContainer = readBoolean(reading, "keycard.dev/init-container") || !mayLeaveOut;
  const startTimeoutSeconds = readWholeSeconds(reading, "keycard.dev/start-timeout");
  return {
    sidecar,
    initContainer,
    ...notifications,
    variables: readVariables(reading, declared),
    verifyIntervalSeconds: readWholeSeconds(reading, "keycard.dev/verify-interval"),
    rotationGraceSeconds: readWholeSeconds(reading, "keycard.dev/rotation-grace"),
    revoke: readRevoke(reading),
    healthPort: Number(readText(reading, "keycard.dev/health-port")) || 0,
    healthPortIsNamed: writtenAs(reading, "keycard.dev/health-port")?.on === "pod",
    startTimeoutSeconds: initContainer
      ? startTimeoutSeconds
      : Math.min(startTimeoutSeconds || LONGEST_HOOK_SECONDS, LONGEST_HOOK_SECONDS),
  };
}

/** Revoking is the default here; the Vault Agent Injector's annotation counts only where somebody wrote it. */
function readRevoke(reading: Reading): boolean {
  return (
    readOptionalBoolean(reading, "keycard.dev/revoke-on-shutdown") ??
    (reading.engine === "native" ? readOptionalBoolean(reading, "agent-revoke-on-shutdown") : undefined) ??
    true
  );
}
