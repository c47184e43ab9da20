const NANOSECONDS_IN: Readonly<Record<string, bigint>> = {
  ns: 1n,
  us: 1_000n,
  "\xc2\xb5s": 1_000n,
  "\xce\xbcs": 1_000n,
  ms: 1_000_000n,
  s: 1_000_000_000n,
  m: 60_000_000_000n,
  h: 3_600_000_000_000n,
};
const TERM = /^(\d*)(?:\.(\d*))?([^\d.]+)/;

/** Reads `1h30m` as Go's time.ParseDuration does (bytes); nanoseconds, undefined: it is none. */
export function parseDuration(text: string): bigint | undefined {
  let rest = text.replace(/^[+-]/, "");
  if (rest === "0") return 0n;
  if (rest === "") return undefined;
  let total = 0n;
  while (rest !== "") {
    const match = TERM.exec(rest);
    const unit = NANOSECONDS_IN[match?.[3] ?? ""];
    const [whole = "", fraction = ""] = [match?.[1], match?.[2]];
    if (!match || unit === undefined || whole + fraction === "") return undefined;
    total += BigInt(whole === "" ? "0" : whole) * unit;
    if (fraction !== "") total += (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length);
    rest = rest.slice(match[0].length);
  }
  if (text.startsWith("-")) total = -total;
  return BigInt.asIntN(64, total) === total ? total : undefined;
}

function withFraction(value: bigint, unit: bigint, name: string): string {
  const digits = String(unit).length - 1;
  const fraction =
    digits === 0
      ? ""
      : String(value % unit)
          .padStart(digits, "0")
          .replace(/0+$/, "");
  return `${value / unit}${fraction === "" ? "" : `.${fraction}`}${name}`;
}

/** A duration (nanoseconds) as Go shows it: `1h30m0s`, `1.5s`, `20ms`. */
export function formatDuration(nanoseconds: bigint): string {
  const value = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const sign = nanoseconds < 0n ? "-" : "";
  if (value === 0n) return "0s";
  if (value < 1_000n) return `${sign}${value}ns`;
  if (value < 1_000_000n) return sign + withFraction(value, 1_000n, "\xc2\xb5s");
  if (value < 1_000_000_000n) return sign + withFraction(value, 1_000_000n, "ms");
  const seconds = withFraction(value % 60_000_000_000n, 1_000_000_000n, "s");
  const minutes = value / 60_000_000_000n;
  if (minutes === 0n) return sign + seconds;
  return minutes < 60n
    ? `${sign}${minutes}m${seconds}`
    : `${sign}${minutes / 60n}h${minutes % 60n}m${seconds}`;
}
