import { KeycardError } from "../../src/errors.ts";

/** An image could not be written. */
export class ImageError extends KeycardError {
  constructor(message: string, options?: { readonly cause?: unknown }) {
    super("KEYCARD_IMAGE", message, options);
    this.name = "ImageError";
  }
}
