/** A number's significant decimal digits: 0.`digits` × 10^`point`. */
export interface Decimal {
  readonly digits: string;
  readonly point: number;
}

/** A finite number as ±mantissa × 2^exponent. */
export function binaryParts(value: number): { readonly mantissa: bigint; readonly exponent: number } {
  const bits = new DataView(new ArrayBuffer(8));
  bits.setFloat64(0, Math.abs(value));
  const raw = bits.getBigUint64(0);
  const biased = Number(raw >> 52n);
  const fraction = raw & ((1n << 52n) - 1n);
  return biased === 0
    ? { mantissa: fraction, exponent: -1074 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1075 };
}

function normalized(digits: string, point: number): Decimal {
  const significant = digits.replace(/0+$/, "");
  return significant === "" ? { digits: "", point: 0 } : { digits: significant, point };
}

/** Every digit of a finite number; the sign is the caller's. */
export function exactDecimal(value: number): Decimal {
  const { mantissa, exponent } = binaryParts(value);
  if (mantissa === 0n) return { digits: "", point: 0 };
  if (exponent >= 0) {
    const digits = (mantissa << BigInt(exponent)).toString();
    return normalized(digits, digits.length);
  }
  const digits = (mantissa * 5n ** BigInt(-exponent)).toString();
  return normalized(digits, digits.length + exponent);
}

/** The fewest digits that read back as the same number. */
export function shortestDecimal(value: number): Decimal {
  if (value === 0) return { digits: "", point: 0 };
  const [mantissa = "", exponent = "0"] = Math.abs(value).toExponential().split("e");
  return normalized(mantissa.replace(".", ""), Number(exponent) + 1);
}

/** Rounds to `count` digits, halves to even. */
export function roundDecimal({ digits, point }: Decimal, count: number): Decimal {
  if (count >= digits.length) return { digits, point };
  if (count < 0) return { digits: "", point: 0 };
  const kept = digits.slice(0, count);
  const rest = digits.slice(count);
  const half = `5${"0".repeat(rest.length - 1)}`;
  const odd = count > 0 && Number(kept[count - 1]) % 2 === 1;
  if (rest < half || (rest === half && !odd)) return normalized(kept, point);
  const raised = (BigInt(kept === "" ? "0" : kept) + 1n).toString();
  return normalized(raised.padStart(count, "0"), raised.length > count ? point + 1 : point);
}
