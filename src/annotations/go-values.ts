const TRUE = new Set(["1", "t", "T", "TRUE", "true", "True"]);
const FALSE = new Set(["0", "f", "F", "FALSE", "false", "False"]);

/** The spellings of Go's `strconv.ParseBool`; undefined for any other text. */
export function parseBoolean(text: string): boolean | undefined {
  return TRUE.has(text) ? true : FALSE.has(text) ? false : undefined;
}

/** Go's `strconv.ParseInt` in base 10; undefined for other text and for what a number cannot hold exactly. */
export function parseInteger(text: string): number | undefined {
  return /^[+-]?\d{1,64}$/.test(text) ? safeNumber(text) : undefined;
}

/** Go's `strconv.ParseUint` in base 10, which takes no sign. */
export function parseUnsignedInteger(text: string): number | undefined {
  return /^\d{1,64}$/.test(text) ? safeNumber(text) : undefined;
}

function safeNumber(text: string): number | undefined {
  const number = Number(text);
  // Adding zero makes -0 a plain 0.
  return Number.isSafeInteger(number) ? number + 0 : undefined;
}

const DIGITS = String.raw`\d+(?:_\d+)*`;
const DECIMAL = new RegExp(
  String.raw`^[+-]?(?:${DIGITS}\.?|(?:${DIGITS})?\.${DIGITS})(?:[eE][+-]?${DIGITS})?$`,
);
const HEXADECIMAL = /^([+-]?)0[xX]_?([\da-fA-F_]*)\.?([\da-fA-F_]*)[pP]([+-]?\d{1,5})$/;

/**
 * Go's `strconv.ParseFloat`, decimal and hexadecimal; undefined for other text and for what is no finite
 * number: neither NaN nor Inf has a place in an agent's configuration.
 */
export function parseFloatingPoint(text: string): number | undefined {
  if (text.length > 128) return undefined;
  if (DECIMAL.test(text)) return finite(Number(text.replaceAll("_", "")));
  const [, sign, whole = "", fraction = "", exponent] = HEXADECIMAL.exec(text) ?? [];
  const digits = (whole + fraction).replaceAll("_", "");
  if (digits === "") return undefined;
  const scale = Number(exponent) - 4 * fraction.replaceAll("_", "").length;
  return finite(Number(BigInt(`0x${digits}`)) * 2 ** scale * (sign === "-" ? -1 : 1));
}

function finite(number: number): number | undefined {
  return Number.isFinite(number) ? number : undefined;
}
