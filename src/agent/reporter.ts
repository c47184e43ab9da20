import { messageOf } from "../errors.ts";
import {
  type Action,
  type Event,
  type MachineState,
  operationAnsweredBy,
  operationOf,
  type Reading,
  readingsOf,
} from "../leases/index.ts";
import { VaultError } from "../vault/error.ts";
import type { LogFields, Logger } from "./logger.ts";
import type { Metrics } from "./metrics.ts";
import { loginIn, type SecretStore } from "./secret-store.ts";

const SAME_TOKEN =
  "The login brought the same token once more, which is about to end. Put a new one into the token file in time.";

/** Puts what happens into the log and the metrics, and remembers what went wrong last, for the end's message. */
export interface Reporter {
  /** After the machine has taken an event. */
  happened(event: Event, before: MachineState, after: MachineState): void;
  failed(action: Action, error: unknown): void;
  /** Failures that have not been followed by a success of the same thing, newest last. */
  unsolved(): readonly string[];
}

interface Sources {
  readonly log: Logger;
  readonly metrics: Metrics;
  readonly store: SecretStore;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
}

function findReading(
  state: MachineState,
  serial: number,
): { readonly key: string; readonly reading: Reading } | undefined {
  for (const { key, ...slot } of state.slots) {
    const reading = readingsOf({ key, ...slot }).find((known) => known.serial === serial);
    if (reading) return { key, reading };
  }
  return undefined;
}

/** What ties a credential to Vault and PostgreSQL: path, lease and user name. None of them is a secret. */
function describe(store: SecretStore, state: MachineState, serial: number): LogFields {
  const found = findReading(state, serial);
  const stored = store.readings.get(serial);
  return {
    secret: found?.key ?? stored?.dependency.key,
    lease: found?.reading.leaseId || stored?.answer?.leaseId || undefined,
    username: loginIn(stored?.answer)?.username,
  };
}

function reasonOf(error: unknown): string {
  if (error instanceof VaultError) return error.kind;
  return error instanceof Error && "code" in error && typeof error.code === "string" ? error.code : "error";
}

/** Whether a publication replaced a credential that was on disk before. */
function rotated(event: Event, before: MachineState): readonly number[] {
  if (event.kind !== "published") return [];
  return event.readings.flatMap(({ key, serial }) => {
    const slot = before.slots.find((known) => known.key === key);
    return slot?.published && slot.published.serial !== serial && slot.chosen?.serial === serial
      ? [serial]
      : [];
  });
}

function reportSuccess(
  event: Event,
  before: MachineState,
  after: MachineState,
  { log, metrics, store }: Sources,
): void {
  switch (event.kind) {
    case "logged-in":
      if (before.sessions.some(({ id }) => id === event.sessionId)) {
        log.warn("login-warning", { message: SAME_TOKEN });
        return;
      }
      metrics.count("logins");
      log.info("logged-in", { ttlSeconds: event.ttlSeconds, renewable: event.renewable });
      return;
    case "token-renewed":
      metrics.count("renewals", { kind: "token" });
      log.info("token-renewed", { ttlSeconds: event.ttlSeconds });
      return;
    case "lease-renewed":
      metrics.count("renewals", { kind: "lease" });
      log.info("lease-renewed", {
        ...describe(store, after, event.serial),
        ttlSeconds: event.durationSeconds,
      });
      return;
    case "secret-read": {
      const fields = describe(store, after, event.serial);
      const ttlSeconds = event.grant.kind === "lease" ? event.grant.durationSeconds : undefined;
      if (event.changed) log.info("secret-read", { ...fields, secret: event.key, ttlSeconds });
      else log.debug("secret-unchanged", { secret: event.key });
      return;
    }
    case "verified": {
      const fields = describe(store, after, event.serial);
      if (event.untried === undefined) log.info("login-verified", fields);
      else log.warn("login-not-verifiable", { ...fields, message: event.untried });
      return;
    }
    case "lease-revoked":
      metrics.count("revocations", { kind: "lease" });
      log.info("lease-revoked", describe(store, before, event.serial));
      return;
    case "token-revoked":
      metrics.count("revocations", { kind: "token" });
      log.info("token-revoked");
      return;
    case "published":
      for (const serial of rotated(event, before)) {
        metrics.count("rotations");
        log.info("secret-rotated", describe(store, after, serial));
      }
      return;
    default:
  }
}

/** Whether the lease or token that an action was about is still anybody's business. */
function isStillMeant(action: Action, state: MachineState): boolean {
  switch (action.kind) {
    case "renew-token":
    case "check-token":
    case "revoke-token":
      return state.sessions.some(({ id }) => id === action.sessionId);
    case "renew-lease":
    case "check-lease":
    case "revoke-lease":
      return (
        findReading(state, action.serial) !== undefined ||
        state.retired.some(({ serial }) => serial === action.serial)
      );
    default:
      return true;
  }
}

export function createReporter(sources: Sources): Reporter {
  const { log, metrics, store, wallNow } = sources;
  /** By the id of the action's operation. */
  const unsolved = new Map<string, { readonly action: Action; readonly message: string }>();
  return {
    happened(event, before, after) {
      const operation = operationAnsweredBy(event);
      const failed = "failure" in event || event.kind === "verification-failed";
      if (operation !== undefined && !failed && (event.kind !== "published" || event.complete)) {
        unsolved.delete(operation);
        if (event.kind !== "published" && event.kind !== "verified") metrics.succeeded(wallNow() / 1000);
      }
      for (const [known, { action }] of unsolved) if (!isStillMeant(action, after)) unsolved.delete(known);
      reportSuccess(event, before, after, sources);
      if (before.outage === undefined && after.outage !== undefined) log.warn("vault-away");
      if (before.outage !== undefined && after.outage === undefined) log.info("vault-back");
    },
    failed(action, error) {
      const operation = operationOf(action);
      const message = messageOf(error);
      const secret = "key" in action ? action.key : undefined;
      const lease = "leaseId" in action ? action.leaseId : undefined;
      const username =
        "serial" in action ? loginIn(store.readings.get(action.serial)?.answer)?.username : undefined;
      unsolved.delete(operation);
      unsolved.set(operation, { action, message });
      metrics.count("failures", { operation: action.kind, reason: reasonOf(error) });
      log.warn("failed", {
        operation: action.kind,
        reason: reasonOf(error),
        secret,
        lease,
        username,
        message,
      });
    },
    unsolved: () => [...unsolved.values()].map(({ message }) => message),
  };
}
