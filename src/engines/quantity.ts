const PATTERN = /^([+-]?)(\d*)(?:\.(\d*))?(n|u|m||k|M|G|T|P|E|[KMGTPE]i|[eE][+-]?\d+)$/;

const DECIMAL_SUFFIXES = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const BINARY_SUFFIXES = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

const NANO = 9;

/**
 * The form in which Kubernetes writes a quantity back, e.g. `1000m` as `1`, `0.5` as `500m`, `1024Mi` as
 * `1Gi`. Containers built here then equal the ones that went through a typed Kubernetes client. Text that
 * is no quantity, or lies outside int64, comes back as it is: the API server is the judge of it.
 *
 * Rules: k8s.io/apimachinery, package resource, `ParseQuantity` and `CanonicalizeBytes`.
 */
export function canonicalQuantity(text: string): string {
  if (PLAIN.test(text)) {
    return text;
  }
  const match = PATTERN.exec(text);
  const [, sign = "", whole = "", fraction = "", suffix = ""] = match ?? [];
  if (match === null || whole + fraction === "") {
    return text;
  }
  const digits = BigInt(whole + fraction);
  const magnitude = suffix.endsWith("i")
    ? binary(digits, fraction.length, BINARY_SUFFIXES.indexOf(suffix))
    : decimal(text, whole, fraction, suffix);
  return magnitude === "0" || sign !== "-" || magnitude.startsWith("-") ? magnitude : `-${magnitude}`;
}

/** The everyday forms, which are canonical already: whole numbers that end in no zero, with a decimal suffix. */
const PLAIN = /^(?:[1-9]\d{0,2}[mkMG]?|[1-9]\d{0,2}[KMG]i|0)$/;

function binary(digits: bigint, fractionLength: number, power: number): string {
  const scaled = digits * 1024n ** BigInt(power);
  const divisor = 10n ** BigInt(fractionLength);
  const exact = scaled % divisor === 0n;
  const value = scaled / divisor;
  // Below 1024 and for fractions of a byte Kubernetes falls back to decimal suffixes.
  if (!exact || value < 1024n) {
    return decimalText(scaled, -fractionLength, false);
  }
  let number = value;
  let index = 0;
  while (number % 1024n === 0n && index < BINARY_SUFFIXES.length - 1) {
    number /= 1024n;
    index++;
  }
  return `${number}${BINARY_SUFFIXES[index]}`;
}

function decimal(text: string, whole: string, fraction: string, suffix: string): string {
  const exponential = /^[eE]/.test(suffix);
  const power = exponential ? Number(suffix.slice(1)) : 3 * (DECIMAL_SUFFIXES.indexOf(suffix) - 3);
  const significant = whole.replace(/^0+/, "") || "0";
  const shifted = significant + fraction;
  const scale = power - fraction.length;
  // Kubernetes keeps the text as written when it takes the number for canonical.
  if (scale % 3 === 0 && scale >= -NANO && !shifted.endsWith("000") && !shifted.startsWith("0")) {
    return text.startsWith("-") ? text.slice(1) : text;
  }
  return decimalText(BigInt(shifted), scale, exponential);
}

/** `digits` x 10^`scale` with the suffix whose power is the next lower multiple of three. */
function decimalText(digits: bigint, scale: number, exponential: boolean): string {
  if (digits === 0n) {
    return "0";
  }
  let number = digits;
  let exponent = scale;
  while (exponent < -NANO) {
    number = (number + 9n) / 10n;
    exponent++;
  }
  while (number % 10n === 0n) {
    number /= 10n;
    exponent++;
  }
  while (exponent % 3 !== 0) {
    number *= 10n;
    exponent--;
  }
  if (exponential) {
    return exponent === 0 ? `${number}` : `${number}e${exponent}`;
  }
  const suffix = DECIMAL_SUFFIXES[exponent / 3 + 3];
  return suffix === undefined ? `${number}e${exponent}` : `${number}${suffix}`;
}
