/** The version of this build; the bundler replaces the expression, a run from source has no build. */
export const VERSION: string = process.env.KEYCARD_VERSION ?? "0.0.0-source";
