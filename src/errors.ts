/**
 * The base of every error Keycard raises on purpose. The message says what failed, with what, and what to
 * do about it; the edge that catches it (HTTP reply, exit code, termination message) decides how it is shown.
 */
export class KeycardError extends Error {
  /** Stable, searchable, `KEYCARD_…`. */
  readonly code: `KEYCARD_${string}`;

  constructor(code: `KEYCARD_${string}`, message: string, options?: { readonly cause?: unknown }) {
    super(message, options);
    this.name = "KeycardError";
    this.code = code;
  }
}

/** The message of anything that was thrown, without a stack. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown);
}
