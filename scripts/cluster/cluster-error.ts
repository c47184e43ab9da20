import { KeycardError } from "../../src/errors.ts";

/** The test cluster could not be started, asked or ended. */
export class ClusterError extends KeycardError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("KEYCARD_TEST_CLUSTER", message, options);
    this.name = "ClusterError";
  }
}
