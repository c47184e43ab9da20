import { parseDuration } from "../annotations/duration.ts";
import type { Grammar } from "./grammar.ts";

/** Milliseconds of a duration in Go's notation (`1h30m`, `250ms`, `-1.5s`, `0`); undefined for anything else. */
export function parseGoDuration(value: string): number | undefined {
  const nanoseconds = parseDuration(value);
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e6;
}

/** A Go duration between two bounds, in milliseconds. */
export function duration(minimum: string, maximum: string): Grammar<number> {
  const least = parseGoDuration(minimum) ?? 0;
  const most = parseGoDuration(maximum) ?? 0;
  return {
    expects: `a duration from ${minimum} to ${maximum}, such as 30s`,
    placeholder: "duration",
    parse: (value) => {
      const milliseconds = parseGoDuration(value);
      return milliseconds !== undefined && milliseconds >= least && milliseconds <= most
        ? milliseconds
        : undefined;
    },
  };
}

/** A Go duration kept as written for the agent's configuration; nothing leaves it to the agent. */
export const durationText: Grammar<string> = {
  expects: "a Go duration such as 1s or 5m",
  placeholder: "duration",
  parse: (value) => (value === "" || parseGoDuration(value) !== undefined ? value : undefined),
};

/** As `durationText`; a bare number of seconds is taken too, as Vault's own configuration does. */
export const durationOrSecondsText: Grammar<string> = {
  expects: "a duration such as 5m, or a number of seconds",
  placeholder: "duration",
  parse: (value) => (/^\d{1,9}$/.test(value) ? value : durationText.parse(value)),
};
