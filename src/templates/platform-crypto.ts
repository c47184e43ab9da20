/**
 * Node's cryptography, loaded by the first template that needs it: it costs milliseconds of start and memory
 * that most templates never use.
 */
export const platformCrypto = (): typeof import("node:crypto") => process.getBuiltinModule("node:crypto");
