import { NOTIFY_EXPECTS, parseNotify } from "./notify.ts";
import { printableKey, quoted } from "./printable.ts";
import { type Reading, readBoolean, readText, reject, writtenAs } from "./reading.ts";
import type { InjectionRequest, NotifyRequest, PostgresRequest, SecretRequest } from "./request.ts";
import { keyOf, type Written } from "./written.ts";

/** What the pod declares, by name, for annotations that name one of it. */
export interface Declared {
  readonly secrets: ReadonlyMap<string, SecretRequest>;
  readonly postgres: ReadonlyMap<string, PostgresRequest>;
}

/** Whether a secret or a login of that name is declared. */
export function isDeclared({ secrets, postgres }: Declared, name: string): boolean {
  return secrets.has(name) || postgres.has(name);
}

/** How the app is told of changes: of all that changes, and of single secrets and logins. */
export function readNotifications(
  reading: Reading,
  declared: Declared,
  nativeSidecar: boolean,
): Pick<InjectionRequest["native"], "notify" | "notifyOf"> {
  const podWide = writtenAs(reading, "keycard.dev/notify");
  const fallback = parseNotify(readText(reading, "keycard.dev/notify")) ?? { kind: "none" };
  const notify = podWide === undefined ? fallback : readNotify(reading, podWide, nativeSidecar);
  const notifyOf = new Map<string, NotifyRequest>();
  for (const written of reading.written.byName.values()) {
    const { spec, suffix: name } = written;
    if (spec.name !== "keycard.dev/notify" || name === undefined || reading.engine !== "native") continue;
    notifyOf.set(name, readNotify(reading, written, nativeSidecar));
    if (!isDeclared(declared, name)) rejectUndeclared(reading, written, name);
  }
  return { notify, notifyOf };
}

/** Refuses an annotation about a secret or login that the pod does not declare. */
export function rejectUndeclared(reading: Reading, written: Written, name: string): void {
  const secret = printableKey(keyOf(reading.settings, `agent-inject-secret-${name}`));
  const login = printableKey(keyOf(reading.settings, `keycard.dev/postgres-${name}`));
  reject(
    reading,
    written,
    `no secret or login ${quoted(name)} is declared: add ${login} or ${secret} with its Vault path`,
  );
}

function readNotify(reading: Reading, written: Written, nativeSidecar: boolean): NotifyRequest {
  const notify = parseNotify(written.value);
  if (notify === undefined) {
    reject(reading, written, `expected ${NOTIFY_EXPECTS}, got ${quoted(written.value)}`);
  }
  if (notify?.kind === "restart") checkRestart(reading, written, nativeSidecar);
  return notify ?? { kind: "none" };
}

/**
 * Only a native sidecar may end without the pod's own restart policy having a say in it; and an init container
 * that runs again is how the agent knows that the pod did start anew.
 */
function checkRestart(reading: Reading, written: Written, nativeSidecar: boolean): void {
  if (!reading.settings.restartInPlace) {
    const message =
      "this cluster does not restart pods in place, as Kubernetes does by default since 1.36: choose a signal or " +
      "a URL, or ask the operator for KEYCARD_RESTART_IN_PLACE where the feature has been turned on";
    reject(reading, written, message);
  } else if (!nativeSidecar) {
    const key = keyOf(reading.settings, "keycard.dev/native-sidecar");
    reject(reading, written, `restart needs the sidecar to be an init container: add ${key}: "true"`);
  } else if (!readBoolean(reading, "agent-pre-populate")) {
    reject(reading, written, "restart needs the init container: remove agent-pre-populate");
  }
}
