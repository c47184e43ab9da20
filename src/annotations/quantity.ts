/** A Kubernetes resource quantity, parsed. */
export interface Quantity {
  /** As Kubernetes writes it back. */
  readonly canonical: string;
  /** In billionths, the finest step there is: quantities compare by it. */
  readonly nano: bigint;
}

const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(n|u|m|k|M|G|T|P|E|[KMGTPE]i|[eE][+-]?\d{1,3})?$/;

const DECIMAL_SUFFIXES = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const BINARY_SUFFIXES = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** Exponent of ten of the finest step. */
const NANO = -9;
/** Digits that an int64 holds for certain. */
const INT64_DIGITS = 18;
const MOST_BINARY = (2n ** 63n - 1n) * 10n ** 9n;

/**
 * Reads a quantity in the grammar of k8s.io/apimachinery's `resource.ParseQuantity`; undefined for other
 * text. Stricter in two points that no one relies on: a digit is needed, and exponents have at most three.
 */
export function parseQuantity(text: string): Quantity | undefined {
  if (text.length > 64) return undefined;
  const [, sign = "", whole = "", fraction = "", suffix = ""] = PATTERN.exec(text) ?? [];
  if (whole + fraction === "") return undefined;
  const digits: Digits = { whole: whole.replace(/^0+/, "") || "0", fraction };
  const magnitude = suffix.endsWith("i")
    ? binaryQuantity(text, digits, suffix)
    : decimalQuantity(text, digits, suffix);
  const nano = sign === "-" ? -magnitude.nano : magnitude.nano;
  const signed = magnitude.canonical !== text && sign === "-" && nano !== 0n;
  return { nano, canonical: signed ? `-${magnitude.canonical}` : magnitude.canonical };
}

/** A number's digits before and after the point, without leading zeros. */
interface Digits {
  readonly whole: string;
  readonly fraction: string;
}

function binaryQuantity(text: string, { whole, fraction }: Digits, suffix: string): Quantity {
  const power = BINARY_SUFFIXES.indexOf(suffix);
  const shifted = BigInt(whole + fraction) * 1024n ** BigInt(power);
  const exact = nanoOf(shifted, -fraction.length);
  const nano = exact > MOST_BINARY ? MOST_BINARY : exact;
  // Kubernetes keeps the text of a number that it holds in an int64 and takes for canonical.
  const fits = fraction === "" && whole.length + Math.trunc(power * 3) + 1 <= 15;
  if (fits && BigInt(whole) % 8n !== 0n) return { canonical: text, nano };
  if (nano < 1024n * 10n ** 9n || nano % 10n ** 9n !== 0n)
    return { canonical: decimalText(nano, NANO, false), nano };
  return { canonical: binaryText(nano / 10n ** 9n), nano };
}

function decimalQuantity(text: string, { whole, fraction }: Digits, suffix: string): Quantity {
  const exponential = /^[eE][+-]?\d/.test(suffix);
  const power = exponential ? Number(suffix.slice(1)) : 3 * DECIMAL_SUFFIXES.indexOf(suffix) + NANO;
  const digits = whole + fraction;
  const scale = power - fraction.length;
  const nano = nanoOf(BigInt(digits), scale);
  const fits = digits.length <= INT64_DIGITS && scale >= NANO;
  // As above.
  if (fits && scale % 3 === 0 && !digits.endsWith("000") && !digits.startsWith("0")) {
    return { canonical: text, nano };
  }
  return { canonical: decimalText(nano, NANO, exponential), nano };
}

/** `digits` x 10^`scale` in billionths; anything finer is rounded up, so that nothing becomes zero. */
function nanoOf(digits: bigint, scale: number): bigint {
  const shift = scale - NANO;
  if (shift >= 0) return digits * 10n ** BigInt(shift);
  const divisor = 10n ** BigInt(-shift);
  return (digits + divisor - 1n) / divisor;
}

function binaryText(value: bigint): string {
  let number = value;
  let power = 0;
  while (number % 1024n === 0n && power < BINARY_SUFFIXES.length - 1) {
    number /= 1024n;
    power++;
  }
  return `${number}${BINARY_SUFFIXES[power]}`;
}

/** The fewest digits, with an exponent of ten that is a multiple of three. */
function decimalText(digits: bigint, scale: number, exponential: boolean): string {
  if (digits === 0n) return "0";
  let number = digits;
  let exponent = scale;
  while (number % 1000n === 0n) {
    number /= 1000n;
    exponent += 3;
  }
  const suffix = exponential ? undefined : DECIMAL_SUFFIXES[(exponent - NANO) / 3];
  if (suffix !== undefined) return `${number}${suffix}`;
  return exponent === 0 ? `${number}` : `${number}e${exponent}`;
}
