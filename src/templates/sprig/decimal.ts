import { shortestDecimal } from "../format/decimal.ts";

/** An exact decimal number: `coefficient` × 10^`exponent`. */
export interface ExactDecimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

/** Digits that a division is carried to behind the point. */
const DIVISION_DIGITS = 16;

/** The decimal number that a float is shown as. */
export function fromFloat(value: number): ExactDecimal {
  const { digits, point } = shortestDecimal(value);
  const coefficient = BigInt(digits === "" ? "0" : digits);
  return { coefficient: value < 0 ? -coefficient : coefficient, exponent: point - digits.length };
}

export function toFloat({ coefficient, exponent }: ExactDecimal): number {
  return Number(`${coefficient}e${exponent}`);
}

/** Both coefficients at the lower of the two exponents. */
function aligned(a: ExactDecimal, b: ExactDecimal): readonly [bigint, bigint, number] {
  const exponent = Math.min(a.exponent, b.exponent);
  const scaled = (x: ExactDecimal): bigint => x.coefficient * 10n ** BigInt(x.exponent - exponent);
  return [scaled(a), scaled(b), exponent];
}

export function add(a: ExactDecimal, b: ExactDecimal): ExactDecimal {
  const [left, right, exponent] = aligned(a, b);
  return { coefficient: left + right, exponent };
}

export function subtract(a: ExactDecimal, b: ExactDecimal): ExactDecimal {
  return add(a, { ...b, coefficient: -b.coefficient });
}

export function multiply(a: ExactDecimal, b: ExactDecimal): ExactDecimal {
  return { coefficient: a.coefficient * b.coefficient, exponent: a.exponent + b.exponent };
}

/** Rounds halves away from zero. The divisor must not be zero. */
export function divide(a: ExactDecimal, b: ExactDecimal): ExactDecimal {
  const [left, right] = aligned(a, b);
  const scaled = left * 10n ** BigInt(DIVISION_DIGITS);
  const quotient = scaled / right;
  const remainder = scaled % right;
  const magnitude = (value: bigint): bigint => (value < 0n ? -value : value);
  const isUp = magnitude(remainder) * 2n >= magnitude(right);
  const sign = scaled < 0n === right < 0n ? 1n : -1n;
  return { coefficient: isUp ? quotient + sign : quotient, exponent: -DIVISION_DIGITS };
}
