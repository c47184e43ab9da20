import { binaryParts, type Decimal, exactDecimal, roundDecimal, shortestDecimal } from "./decimal.ts";

export type FloatVerb = "b" | "e" | "E" | "f" | "g" | "G" | "x" | "X";

function fixed(decimal: Decimal, precision: number): string {
  const whole = decimal.point > 0 ? decimal.digits.slice(0, decimal.point).padEnd(decimal.point, "0") : "0";
  if (precision <= 0) return whole;
  const zeros = "0".repeat(Math.min(Math.max(-decimal.point, 0), precision));
  const digits = decimal.digits.slice(Math.max(decimal.point, 0));
  return `${whole}.${(zeros + digits).slice(0, precision).padEnd(precision, "0")}`;
}

function exponential(decimal: Decimal, precision: number, letter: string): string {
  const fraction = decimal.digits.slice(1, precision + 1).padEnd(Math.max(precision, 0), "0");
  const exponent = decimal.digits === "" ? 0 : decimal.point - 1;
  const sign = exponent < 0 ? "-" : "+";
  const mantissa = `${decimal.digits[0] ?? "0"}${fraction === "" ? "" : `.${fraction}`}`;
  return `${mantissa}${letter}${sign}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function general(value: number, precision: number, upper: boolean): string {
  const letter = upper ? "E" : "e";
  const isShortest = precision < 0;
  const wanted = precision === 0 ? 1 : precision;
  const decimal = isShortest ? shortestDecimal(value) : roundDecimal(exactDecimal(value), wanted);
  const count = decimal.digits.length;
  let threshold = isShortest ? 6 : wanted;
  if (!isShortest && threshold > count && count >= decimal.point) threshold = count;
  const exponent = decimal.point - 1;
  if (exponent < -4 || exponent >= threshold) {
    const digits = isShortest ? count : Math.min(count, wanted);
    return exponential(decimal, digits - 1, letter);
  }
  return fixed(decimal, Math.max(count - decimal.point, 0));
}

function hexadecimal(value: number, precision: number, upper: boolean): string {
  let { mantissa, exponent } = binaryParts(value);
  if (mantissa !== 0n) {
    while (mantissa < 1n << 60n) {
      mantissa <<= 1n;
      exponent--;
    }
  }
  // The mantissa is now 1.xxx with 60 bits behind the point.
  if (precision >= 0 && precision < 15) {
    const shift = BigInt(60 - precision * 4);
    const extra = mantissa & ((1n << shift) - 1n);
    mantissa >>= shift;
    const half = 1n << (shift - 1n);
    if (extra > half || (extra === half && (mantissa & 1n) === 1n)) mantissa++;
    mantissa <<= shift;
    if (mantissa >> 61n !== 0n) {
      mantissa >>= 1n;
      exponent++;
    }
  }
  const digits = (mantissa & ((1n << 60n) - 1n)).toString(16).padStart(15, "0");
  const fraction =
    precision < 0 ? digits.replace(/0+$/, "") : digits.slice(0, precision).padEnd(precision, "0");
  const power = mantissa === 0n ? 0 : exponent + 60;
  const shown = `0x${mantissa >> 60n}${fraction === "" ? "" : `.${fraction}`}p${power < 0 ? "-" : "+"}${String(
    Math.abs(power),
  ).padStart(2, "0")}`;
  return upper ? shown.toUpperCase() : shown;
}

function magnitude(value: number, verb: FloatVerb, precision: number): string {
  switch (verb) {
    case "b": {
      const { mantissa, exponent } = binaryParts(value);
      return `${mantissa}p${exponent < 0 ? "" : "+"}${exponent}`;
    }
    case "x":
    case "X":
      return hexadecimal(value, precision, verb === "X");
    case "g":
    case "G":
      return general(value, precision, verb === "G");
    case "f": {
      const decimal = precision < 0 ? shortestDecimal(value) : exactDecimal(value);
      if (precision < 0) return fixed(decimal, Math.max(decimal.digits.length - decimal.point, 0));
      return fixed(roundDecimal(decimal, decimal.point + precision), precision);
    }
    default: {
      const decimal =
        precision < 0 ? shortestDecimal(value) : roundDecimal(exactDecimal(value), precision + 1);
      return exponential(decimal, precision < 0 ? Math.max(decimal.digits.length - 1, 0) : precision, verb);
    }
  }
}

/** A float as Go's `strconv.FormatFloat` writes it; precision -1: the fewest digits that read back the same. */
export function formatFloat(value: number, verb: FloatVerb, precision: number): string {
  if (Number.isNaN(value)) return "NaN";
  if (!Number.isFinite(value)) return value > 0 ? "+Inf" : "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return sign + magnitude(value, verb, precision);
}

/** `%#g` and its like: always a decimal point, and for `%g` the trailing zeros. */
export function sharpFloat(text: string, format: FloatVerb, precision: number): string {
  let missing = "gGx".includes(format) ? (precision === -1 ? 6 : precision) : 0;
  const isHex = format === "x" || format === "X";
  const tailAt = text.search(isHex ? /p/i : /e/i);
  const head = tailAt < 0 ? text : text.slice(0, tailAt);
  const tail = tailAt < 0 ? "" : text.slice(tailAt);
  let significant = false;
  for (const character of head.slice(1)) {
    if (character === ".") continue;
    if (character !== "0") significant = true;
    if (significant) missing--;
  }
  let mantissa = head;
  if (!head.includes(".")) {
    if (head.length === 2 && head[1] === "0") missing--;
    mantissa += ".";
  }
  return mantissa + "0".repeat(Math.max(missing, 0)) + tail;
}
