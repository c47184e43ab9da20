const PREFIXED = /^([+-]?)0([xXoObB])?(.*)$/;
const BASE_OF_PREFIX: Readonly<Record<string, number>> = { x: 16, o: 8, b: 2 };
const DIGITS: Readonly<Record<number, RegExp>> = {
  2: /^[01]+$/,
  8: /^[0-7]+$/,
  10: /^\d+$/,
  16: /^[\da-fA-F]+$/,
};
const JS_PREFIX: Readonly<Record<number, string>> = { 2: "0b", 8: "0o", 10: "", 16: "0x" };

/** Underscores may only stand between digits, or between the base prefix and a digit. */
function withoutUnderscores(digits: string, afterPrefix: boolean): string | undefined {
  if (!digits.includes("_")) return digits;
  const wrong = digits.endsWith("_") || digits.includes("__") || (!afterPrefix && digits.startsWith("_"));
  return wrong ? undefined : digits.replaceAll("_", "");
}

function toBigInt(sign: string, digits: string, base: number): bigint | undefined {
  if (!DIGITS[base]?.test(digits)) return undefined;
  const value = BigInt((JS_PREFIX[base] ?? "") + digits);
  return sign === "-" ? -value : value;
}

/**
 * Reads an integer as Go's `strconv.ParseInt` does, of any size; base 0 takes the base from the prefix and
 * allows underscores. Undefined: it is none.
 */
export function parseInteger(text: string, base: 0 | 2 | 8 | 10 | 16): bigint | undefined {
  const plain = /^([+-]?)(.*)$/s.exec(text);
  if (base !== 0) return toBigInt(plain?.[1] ?? "", plain?.[2] ?? "", base);
  const prefixed = PREFIXED.exec(text);
  if (prefixed && prefixed[3] !== "") {
    const prefix = prefixed[2];
    const digits = withoutUnderscores(prefixed[3] ?? "", true);
    const prefixBase = prefix === undefined ? 8 : BASE_OF_PREFIX[prefix.toLowerCase()];
    return digits === undefined ? undefined : toBigInt(prefixed[1] ?? "", digits, prefixBase ?? 10);
  }
  const digits = withoutUnderscores(plain?.[2] ?? "", false);
  return digits === undefined ? undefined : toBigInt(plain?.[1] ?? "", digits, 10);
}

const INT64_MAX = 2n ** 63n - 1n;

/** The nearest number of 64 bits. */
export function saturated(value: bigint): bigint {
  if (value > INT64_MAX) return INT64_MAX;
  return value < -INT64_MAX ? -INT64_MAX - 1n : value;
}

/** What Go's `strconv.ParseInt` returns beside its error: 0 for what is no decimal integer, the nearest for one too large. */
export const nearestInt64 = (text: string): bigint => saturated(parseInteger(text, 10) ?? 0n);

const DECIMAL = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d+)?$/;
const HEXADECIMAL = /^([+-]?)0[xX]([\da-fA-F]*)\.?([\da-fA-F]*)[pP]([+-]?\d+)$/;
const SPECIAL = /^(?:([+-]?)(inf|infinity)|nan)$/i;

function parseHexFloat(sign: string, whole: string, fraction: string, exponent: string): number | undefined {
  if (whole + fraction === "") return undefined;
  const mantissa = BigInt(`0x${whole}${fraction}`);
  const power = Number(exponent) - 4 * fraction.length;
  const value = Number(mantissa) * 2 ** power;
  return sign === "-" ? -value : value;
}

/**
 * Reads a float as Go's `strconv.ParseFloat` does; undefined: it is none. A number too large is infinite.
 */
export function parseFloat64(text: string): number | undefined {
  if (text.includes("_")) {
    const stripped = text.replace(/(?<=[\da-fA-FxX])_(?=[\da-fA-F])/g, "");
    return stripped.includes("_") ? undefined : parseFloat64(stripped);
  }
  if (DECIMAL.test(text)) return Number(text);
  const hex = HEXADECIMAL.exec(text);
  if (hex) return parseHexFloat(hex[1] ?? "", hex[2] ?? "", hex[3] ?? "", hex[4] ?? "");
  const special = SPECIAL.exec(text);
  if (!special) return undefined;
  if (special[2] === undefined) return Number.NaN;
  return special[1] === "-" ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
}
