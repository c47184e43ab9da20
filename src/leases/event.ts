import type { Grant, SlotRequest } from "./state.ts";

/**
 * Why something failed, as far as the next step depends on it:
 * `unavailable`: Vault cannot be had for now, and the call did nothing;
 * `uncertain`: of a read only: no answer came, but the credential may have been made;
 * `failed`: Vault, or what is behind it, failed at this one thing;
 * `denied`: the token is dead, or its policies forbid it; `gone`: Vault does not know it;
 * `refused`: anything else that trying again will not mend.
 */
export type FailureKind = "unavailable" | "uncertain" | "failed" | "denied" | "gone" | "refused";

export interface Failure {
  readonly kind: FailureKind;
  readonly retryAfterSeconds?: number | undefined;
}

/**
 * What the machine wants done. Every one, but `give-up` and `exit`, is answered by one event. `timeoutMs`: an answer
 * that takes longer is not waited for: there has to be time to ask again.
 */
export type Action =
  | { readonly kind: "login"; readonly sessionId: number }
  | {
      readonly kind: "renew-token";
      readonly sessionId: number;
      readonly incrementSeconds: number;
      readonly timeoutMs: number;
    }
  | { readonly kind: "check-token"; readonly sessionId: number; readonly timeoutMs: number }
  | { readonly kind: "revoke-token"; readonly sessionId: number }
  | { readonly kind: "read"; readonly key: string; readonly serial: number; readonly sessionId: number }
  | {
      readonly kind: "renew-lease";
      readonly serial: number;
      readonly leaseId: string;
      readonly sessionId: number;
      readonly incrementSeconds: number;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: "check-lease";
      readonly serial: number;
      readonly leaseId: string;
      readonly sessionId: number;
      readonly timeoutMs: number;
    }
  | {
      readonly kind: "revoke-lease";
      readonly serial: number;
      readonly leaseId: string;
      readonly sessionId: number;
    }
  | { readonly kind: "verify"; readonly key: string; readonly serial: number }
  /** Show the chosen reading of every slot. */
  | { readonly kind: "publish"; readonly readings: readonly PublishedReading[] }
  | { readonly kind: "give-up"; readonly reason: "start-timeout" | "refused" }
  | { readonly kind: "exit" };

/** An action that asks something of Vault. */
export type VaultAction = Exclude<
  Action,
  | { readonly kind: "verify" }
  | { readonly kind: "publish" }
  | { readonly kind: "give-up" }
  | { readonly kind: "exit" }
>;

export interface PublishedReading {
  readonly key: string;
  readonly serial: number;
}

/** What happened. */
export type Event =
  | { readonly kind: "tick" }
  | { readonly kind: "shutdown" }
  | {
      readonly kind: "logged-in";
      /** One that is there already where its token is what the login brought, as from a file. */
      readonly sessionId: number;
      readonly ttlSeconds: number;
      readonly renewable: boolean;
    }
  | { readonly kind: "login-failed"; readonly failure: Failure }
  | {
      readonly kind: "token-renewed";
      readonly sessionId: number;
      readonly ttlSeconds: number;
      readonly renewable: boolean;
    }
  | { readonly kind: "token-renewal-failed"; readonly sessionId: number; readonly failure: Failure }
  | { readonly kind: "token-checked"; readonly sessionId: number }
  | { readonly kind: "token-check-failed"; readonly sessionId: number; readonly failure: Failure }
  | { readonly kind: "token-revoked"; readonly sessionId: number }
  | { readonly kind: "token-revocation-failed"; readonly sessionId: number; readonly failure: Failure }
  | {
      readonly kind: "secret-read";
      readonly key: string;
      readonly serial: number;
      readonly sessionId: number;
      readonly grant: Grant;
      /** Whether its contents differ from the chosen reading's. */
      readonly changed: boolean;
    }
  | { readonly kind: "read-failed"; readonly key: string; readonly failure: Failure }
  | {
      readonly kind: "lease-renewed";
      readonly serial: number;
      readonly durationSeconds: number;
      readonly renewable: boolean;
    }
  | { readonly kind: "lease-renewal-failed"; readonly serial: number; readonly failure: Failure }
  | { readonly kind: "lease-checked"; readonly serial: number }
  | { readonly kind: "lease-check-failed"; readonly serial: number; readonly failure: Failure }
  | { readonly kind: "lease-revoked"; readonly serial: number }
  | { readonly kind: "lease-revocation-failed"; readonly serial: number; readonly failure: Failure }
  | {
      readonly kind: "verified";
      readonly key: string;
      readonly serial: number;
      /** Why nobody could try the login, if nobody could: that says nothing against it. */
      readonly untried?: string;
    }
  | {
      readonly kind: "verification-failed";
      readonly key: string;
      readonly serial: number;
      /** `rejected`: PostgreSQL refused this login; `unreachable`: it could not be asked. */
      readonly cause: "rejected" | "unreachable";
    }
  /** What the templates turned out to need: all of it, each time. */
  | { readonly kind: "dependencies"; readonly slots: readonly SlotRequest[] }
  /**
   * Ends a `publish`. `readings`: those whose every file is on disk; `complete`: whether that is all;
   * `hopeless`: whether another try with the same secrets is bound to fail as well.
   */
  | {
      readonly kind: "published";
      readonly readings: readonly PublishedReading[];
      readonly complete: boolean;
      readonly hopeless: boolean;
    };

/** The id under which an action is under way. */
export function operationOf(action: Action): string {
  switch (action.kind) {
    case "login":
    case "publish":
    case "give-up":
    case "exit":
      return action.kind;
    case "renew-token":
    case "check-token":
    case "revoke-token":
      return `${action.kind}:${action.sessionId}`;
    case "read":
    case "verify":
      return `${action.kind}:${action.key}`;
    case "renew-lease":
    case "check-lease":
    case "revoke-lease":
      return `${action.kind}:${action.serial}`;
  }
}

/** The event that tells of an action's failure. */
export function failureEvent(action: VaultAction, failure: Failure): Event {
  switch (action.kind) {
    case "login":
      return { kind: "login-failed", failure };
    case "read":
      return { kind: "read-failed", key: action.key, failure };
    case "renew-token":
      return { kind: "token-renewal-failed", sessionId: action.sessionId, failure };
    case "check-token":
      return { kind: "token-check-failed", sessionId: action.sessionId, failure };
    case "revoke-token":
      return { kind: "token-revocation-failed", sessionId: action.sessionId, failure };
    case "renew-lease":
      return { kind: "lease-renewal-failed", serial: action.serial, failure };
    case "check-lease":
      return { kind: "lease-check-failed", serial: action.serial, failure };
    case "revoke-lease":
      return { kind: "lease-revocation-failed", serial: action.serial, failure };
  }
}

/** The id of the action that an event answers; undefined: none. */
export function operationAnsweredBy(event: Event): string | undefined {
  switch (event.kind) {
    case "tick":
    case "shutdown":
    case "dependencies":
      return undefined;
    case "logged-in":
    case "login-failed":
      return "login";
    case "token-renewed":
    case "token-renewal-failed":
      return `renew-token:${event.sessionId}`;
    case "token-checked":
    case "token-check-failed":
      return `check-token:${event.sessionId}`;
    case "token-revoked":
    case "token-revocation-failed":
      return `revoke-token:${event.sessionId}`;
    case "secret-read":
    case "read-failed":
      return `read:${event.key}`;
    case "lease-renewed":
    case "lease-renewal-failed":
      return `renew-lease:${event.serial}`;
    case "lease-checked":
    case "lease-check-failed":
      return `check-lease:${event.serial}`;
    case "lease-revoked":
    case "lease-revocation-failed":
      return `revoke-lease:${event.serial}`;
    case "verified":
    case "verification-failed":
      return `verify:${event.key}`;
    case "published":
      return "publish";
  }
}
