import { type Event, type MachineState, readingsOf } from "../leases/index.ts";
import type { Dependency, TemplateValue } from "../templates/index.ts";
import type { VaultResponse } from "../vault/response.ts";

/** What Vault answered to the read of a secret. */
export interface StoredReading {
  readonly dependency: Dependency;
  /** undefined: Vault had nothing to list. */
  readonly answer: VaultResponse | undefined;
  /** As templates see it; undefined when there is no template. */
  readonly value: TemplateValue;
}

/** What may not be printed: tokens by session, readings by serial. */
export interface SecretStore {
  readonly tokens: Map<number, string>;
  readonly readings: Map<number, StoredReading>;
}

export function createSecretStore(): SecretStore {
  return { tokens: new Map(), readings: new Map() };
}

/** A login of PostgreSQL in a secret, as the database engine's dynamic and static roles give it. */
export function loginIn(
  answer: VaultResponse | undefined,
): { readonly username: string; readonly password: string } | undefined {
  const username = answer?.data?.["username"];
  const password = answer?.data?.["password"];
  return typeof username === "string" && typeof password === "string" ? { username, password } : undefined;
}

/** What the next publication shows, by the key of the secret. */
export function chosenReadings(store: SecretStore, state: MachineState): ReadonlyMap<string, StoredReading> {
  const readings = new Map<string, StoredReading>();
  for (const { key, chosen } of state.slots) {
    const stored = chosen && store.readings.get(chosen.serial);
    if (stored) readings.set(key, stored);
  }
  return readings;
}

function references(state: MachineState): { readonly serials: Set<number>; readonly sessions: Set<number> } {
  const serials = new Set(state.retired.map(({ serial }) => serial));
  for (const slot of state.slots) for (const { serial } of readingsOf(slot)) serials.add(serial);
  return { serials, sessions: new Set(state.sessions.map(({ id }) => id)) };
}

/** Forgets what an event made superfluous. Only that: what was just read is not in any state yet. */
export function forgetUnused(
  store: SecretStore,
  event: Event,
  before: MachineState,
  after: MachineState,
): void {
  const old = references(before);
  const kept = references(after);
  if (event.kind === "secret-read") old.serials.add(event.serial);
  for (const serial of old.serials) if (!kept.serials.has(serial)) store.readings.delete(serial);
  for (const id of old.sessions) if (!kept.sessions.has(id)) store.tokens.delete(id);
}
