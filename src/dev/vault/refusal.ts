import { KeycardError } from "../../errors.ts";

/** An answer other than success, with the errors as Vault words them. */
export class VaultRefusal extends KeycardError {
  readonly status: number;
  readonly errors: readonly string[];

  constructor(status: number, errors: readonly string[], options?: { readonly cause?: unknown }) {
    super(
      "KEYCARD_DEV_VAULT_REFUSAL",
      `the development Vault answered ${status}: ${errors.join("; ")}`,
      options,
    );
    this.name = "VaultRefusal";
    this.status = status;
    this.errors = errors;
  }
}

/** How Go's multierror prints, which is what clients of Vault get to read. */
export function listed(errors: readonly string[]): string {
  const count = errors.length === 1 ? "1 error" : `${errors.length} errors`;
  return `${count} occurred:\n${errors.map((error) => `\t* ${error}\n`).join("")}\n`;
}

export function badRequest(message: string): VaultRefusal {
  return new VaultRefusal(400, [message]);
}

/** For a login or a request without a token. */
export function permissionDenied(message = "permission denied"): VaultRefusal {
  return new VaultRefusal(403, [message]);
}

/** For a token whose policies do not allow the request. */
export function deniedByPolicy(): VaultRefusal {
  return new VaultRefusal(403, [listed(["permission denied"])]);
}

/** For a token that is unknown, expired or revoked. */
export function invalidToken(): VaultRefusal {
  return new VaultRefusal(403, [listed(["permission denied", "invalid token"])]);
}

export function notFound(): VaultRefusal {
  return new VaultRefusal(404, []);
}

export function unsupportedPath(): VaultRefusal {
  return new VaultRefusal(404, [listed(["unsupported path"])]);
}

export function unsupportedOperation(): VaultRefusal {
  return new VaultRefusal(405, [listed(["unsupported operation"])]);
}

/** A failure of Vault's own, or of a server it relies on: it answers 500 unless an endpoint says otherwise. */
export class InternalFailure extends KeycardError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("KEYCARD_DEV_VAULT_FAILURE", message, options);
    this.name = "InternalFailure";
  }
}
