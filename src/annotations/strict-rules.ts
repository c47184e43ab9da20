import { parseDuration } from "./duration.ts";
import type { StrictRule } from "./spec.ts";

const LOG_LEVELS = ["trace", "debug", "info", "notice", "warn", "warning", "error", "err"];

/** Log levels in the spellings Vault takes, in any case; empty leaves it to the agent. */
export const logLevel: StrictRule = {
  expects: "trace, debug, info, warn or error",
  test: (value) => value === "" || LOG_LEVELS.includes(value.toLowerCase()),
};

export const port: StrictRule = {
  expects: "a port from 1 to 65535",
  test: (value) => /^\d{1,5}$/.test(value) && Number(value) >= 1 && Number(value) <= 65_535,
};

export const portOrOff: StrictRule = {
  expects: "a port from 1 to 65535, or 0 for none",
  test: (value) => value === "0" || port.test(value),
};

/** Permission bits of a file that holds a secret. */
export const permissions: StrictRule = {
  expects: "octal permissions from 0000 to 0777",
  test: (value) => value === "" || /^0?[0-7]{3}$/.test(value),
};

/** That it can be mounted at all is asked elsewhere, of every engine. */
export const absolutePath: StrictRule = {
  expects: "an absolute path",
  test: (value) => value === "" || value.startsWith("/"),
};

export const absolutePathOrNone: StrictRule = {
  expects: "an absolute path inside the agent's container",
  test: absolutePath.test,
};

/** A Go duration that is not negative, or whole seconds, as Vault's own configuration takes. */
export const durationOrSeconds: StrictRule = {
  expects: "a duration such as 5m, or a number of seconds",
  test: (value) => value === "" || /^\d{1,9}$/.test(value) || (parseDuration(value) ?? -1n) >= 0n,
};

export const positiveDuration: StrictRule = {
  expects: "a duration that is not negative, such as 30s",
  test: (value) => value === "" || (parseDuration(value) ?? 0n) >= 0n,
};

export const wholeNumber: StrictRule = {
  expects: "a whole number",
  test: (value) => value === "" || /^\d{1,9}$/.test(value),
};

export const share: StrictRule = {
  expects: "a number from 0 to 1",
  test: (value) => Number(value) >= 0 && Number(value) <= 1,
};

/** User and group ids that Kubernetes takes. */
export const posixId: StrictRule = {
  expects: "a numeric id from 0 to 2147483647",
  test: (value) => Number(value) >= 0 && Number(value) <= 2_147_483_647,
};

/** That there is one at all is asked elsewhere, of every engine. */
export const vaultAddress: StrictRule = {
  expects: "an address such as https://vault.example.com:8200, without credentials",
  test: (value) =>
    /^https?:\/\/[^\s/@\\?#]+(?:\/[^\s@\\?#]*)?$/.test(value) || /^unix:\/\/\/\S+$/.test(value),
};

export const httpAddressOrNone: StrictRule = {
  expects: "an address such as http://proxy.example.com:3128",
  test: (value) => value === "" || /^(?:https?:\/\/)?[^\s/\\?#]+\/?$/.test(value),
};

/** Names of Kubernetes Secrets and ConfigMaps. */
export const objectName: StrictRule = {
  expects: "the name of a Kubernetes object",
  test: (value) => value === "" || (value.length <= 253 && /^[a-z0-9][a-z0-9.-]*$/.test(value)),
};

export const oneWord: StrictRule = {
  expects: "a value without blanks",
  test: (value) => /^\S*$/.test(value),
};
