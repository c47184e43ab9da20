import type { Action } from "./event.ts";

/** Something to do, and when. */
export interface AgendaItem {
  readonly action: Action;
  /** Milliseconds from now; not positive: due. */
  readonly dueInMs: number;
  /** Needs Vault, so it waits while Vault is away. */
  readonly vault: boolean;
}

/** Something for Vault. */
export function inVault(action: Action, dueInMs: number): AgendaItem {
  return { action, dueInMs, vault: true };
}
