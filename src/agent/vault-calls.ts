import type { AgentConfig } from "../engines/native/agent-config.ts";
import { type Event, failureEvent, type VaultAction } from "../leases/index.ts";
import type { Dependency } from "../templates/index.ts";
import { login } from "../vault/login/login.ts";
import type { LoginDependencies } from "../vault/login/login-method.ts";
import {
  lookupLease,
  lookupSelf,
  renewLease,
  renewSelf,
  revokeLease,
  revokeSelf,
} from "../vault/operations.ts";
import type { VaultClient } from "../vault/response.ts";
import { type Call, failureOf } from "./failure.ts";
import { grantOf, isSameSecret } from "./grant.ts";
import { readDependency } from "./secret-reader.ts";
import type { SecretStore, StoredReading } from "./secret-store.ts";

export interface VaultCallsOptions {
  readonly config: AgentConfig;
  readonly client: VaultClient;
  readonly store: SecretStore;
  readonly templates: typeof import("../templates/index.ts") | undefined;
  readonly login: LoginDependencies;
  readonly dependencyOf: (key: string) => Dependency | undefined;
  /** What the slot of that key shows at the moment. */
  readonly chosenOf: (key: string) => StoredReading | undefined;
  /** Milliseconds since 1970. */
  readonly wallNow: () => number;
  /** Told of each failure, in words. */
  readonly failed: (action: VaultAction, error: unknown) => void;
}

function tokenOf(store: SecretStore, sessionId: number): string {
  const token = store.tokens.get(sessionId);
  if (token === undefined) throw new Error(`session ${sessionId} has no token`);
  return token;
}

async function logIn(
  { config, login: dependencies, store }: VaultCallsOptions,
  sessionId: number,
): Promise<Event> {
  const auth = await login(config.auth, dependencies);
  const { clientToken, leaseDurationSeconds: ttlSeconds, renewable } = auth;
  const known = [...store.tokens].find(([, token]) => token === clientToken)?.[0];
  store.tokens.set(known ?? sessionId, clientToken);
  return { kind: "logged-in", sessionId: known ?? sessionId, ttlSeconds, renewable };
}

async function read(
  options: VaultCallsOptions,
  action: VaultAction & { readonly kind: "read" },
): Promise<Event> {
  const { client, store, templates } = options;
  const { key, serial, sessionId } = action;
  const dependency = options.dependencyOf(key);
  if (!dependency) throw new Error(`${key} is not known`);
  const reading = await readDependency(dependency, tokenOf(store, sessionId), client, templates);
  const grant = reading.answer ? grantOf(reading.answer, options.wallNow()) : ({ kind: "static" } as const);
  const chosen = options.chosenOf(key);
  const same =
    chosen?.answer === undefined || reading.answer === undefined
      ? chosen !== undefined && chosen.answer === reading.answer
      : isSameSecret(chosen.answer, reading.answer);
  store.readings.set(serial, reading);
  return { kind: "secret-read", key, serial, sessionId, grant, changed: !same };
}

function limitOf({ timeoutMs }: { readonly timeoutMs: number }): { readonly timeoutSeconds: number } {
  return { timeoutSeconds: timeoutMs / 1000 };
}

function perform(options: VaultCallsOptions, action: VaultAction): Promise<Event> {
  const { client, store } = options;
  switch (action.kind) {
    case "login":
      return logIn(options, action.sessionId);
    case "read":
      return read(options, action);
    case "renew-token":
      return renewSelf(
        client,
        tokenOf(store, action.sessionId),
        action.incrementSeconds,
        limitOf(action),
      ).then((auth) => ({
        kind: "token-renewed",
        sessionId: action.sessionId,
        ttlSeconds: auth.leaseDurationSeconds,
        renewable: auth.renewable,
      }));
    case "check-token":
      return lookupSelf(client, tokenOf(store, action.sessionId), limitOf(action)).then(() => ({
        kind: "token-checked",
        sessionId: action.sessionId,
      }));
    case "revoke-token":
      return revokeSelf(client, tokenOf(store, action.sessionId)).then(() => ({
        kind: "token-revoked",
        sessionId: action.sessionId,
      }));
    case "renew-lease":
      return renewLease(
        client,
        tokenOf(store, action.sessionId),
        action.leaseId,
        action.incrementSeconds,
        limitOf(action),
      ).then(({ ttlSeconds, renewable }) => ({
        kind: "lease-renewed",
        serial: action.serial,
        durationSeconds: ttlSeconds,
        renewable,
      }));
    case "check-lease":
      return lookupLease(client, tokenOf(store, action.sessionId), action.leaseId, limitOf(action)).then(
        () => ({
          kind: "lease-checked",
          serial: action.serial,
        }),
      );
    case "revoke-lease":
      return revokeLease(client, tokenOf(store, action.sessionId), action.leaseId, { sync: true }).then(
        () => ({
          kind: "lease-revoked",
          serial: action.serial,
        }),
      );
  }
}

function callOf(action: VaultAction): Call {
  switch (action.kind) {
    case "login":
    case "read":
      return action.kind;
    case "renew-token":
    case "check-token":
    case "revoke-token":
      return "token";
    case "renew-lease":
    case "check-lease":
    case "revoke-lease":
      return "lease";
  }
}

/** Does what the machine wants of Vault. Never rejects: a failure is an event as well. */
export async function callVault(options: VaultCallsOptions, action: VaultAction): Promise<Event> {
  try {
    return await perform(options, action);
  } catch (error) {
    options.failed(action, error);
    return failureEvent(action, failureOf(error, callOf(action)));
  }
}
