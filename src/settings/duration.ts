import type { Grammar } from "./grammar.ts";

const UNIT_MILLISECONDS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/**
 * Milliseconds of a duration in Go's notation (`1h30m`, `250ms`, `-1.5s`, `0`), as Go's
 * `time.ParseDuration` reads it; undefined for anything else.
 */
export function parseGoDuration(value: string): number | undefined {
  const match = /^([+-]?)((?:(?:\d+(?:\.\d*)?|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+|0)$/.exec(value);
  if (!match) return undefined;
  let milliseconds = 0;
  for (const [, amount, unit] of (match[2] ?? "").matchAll(/([\d.]+)([a-zµμ]+)/g)) {
    milliseconds += Number(amount) * (UNIT_MILLISECONDS[unit ?? ""] ?? Number.NaN);
  }
  return match[1] === "-" ? -milliseconds : milliseconds;
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
