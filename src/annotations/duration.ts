const UNIT_NANOSECONDS: ReadonlyMap<string, bigint> = new Map([
  ["ns", 1n],
  ["us", 1_000n],
  ["µs", 1_000n],
  ["μs", 1_000n],
  ["ms", 1_000_000n],
  ["s", 1_000_000_000n],
  ["m", 60_000_000_000n],
  ["h", 3_600_000_000_000n],
]);

const MOST = 2n ** 63n - 1n;

/** Longer than any duration that a person writes; keeps hostile text from costly arithmetic. */
const LONGEST_TEXT = 256;

/**
 * Nanoseconds of a duration in the grammar of Go's `time.ParseDuration` (`1h30m`, `-1.5s`, `.5ms`, `0`), whose
 * range is that of an int64; undefined for any other text.
 */
export function parseDuration(text: string): bigint | undefined {
  const unsigned = /^[+-]/.test(text) ? text.slice(1) : text;
  if (unsigned === "0") return 0n;
  if (unsigned === "" || text.length > LONGEST_TEXT) return undefined;
  const term = /(\d*)(\.?)(\d*)(ns|us|µs|μs|ms|s|m|h)/y;
  let total = 0n;
  while (term.lastIndex < unsigned.length) {
    const [, whole = "", , fraction = "", unit = ""] = term.exec(unsigned) ?? [];
    const nanoseconds = UNIT_NANOSECONDS.get(unit);
    if (nanoseconds === undefined || whole + fraction === "") return undefined;
    // What is finer than a nanosecond is cut off.
    total += BigInt(whole) * nanoseconds + (BigInt(fraction) * nanoseconds) / 10n ** BigInt(fraction.length);
  }
  const negative = text.startsWith("-");
  if (total > MOST + (negative ? 1n : 0n)) return undefined;
  return negative ? -total : total;
}

/**
 * Seconds of a Go duration or of a bare number of seconds, both of which Vault's own configuration takes;
 * undefined for any other text.
 */
export function parseSeconds(text: string): number | undefined {
  if (/^\d{1,9}$/.test(text)) return Number(text);
  const nanoseconds = parseDuration(text);
  return nanoseconds === undefined ? undefined : Number(nanoseconds) / 1e9;
}
