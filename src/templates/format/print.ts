import { runeAt } from "../bytes.ts";
import type { Meter } from "../limits.ts";
import { integerOf, isIntegerValue, stringOf, typeOf } from "../values/kinds.ts";
import type { Value } from "../values/value.ts";
import { countWhole } from "../values/weight.ts";
import { type Flags, noFlags } from "./flags.ts";
import { Printer } from "./printer.ts";

/** Widths and precisions beyond this are no numbers to Go. */
const LARGEST = 1_000_000;

/** One value as `%v` shows it. @throws LimitError, as all of these */
export function printed(value: Value, meter: Meter): string {
  if (typeof value === "string") return value;
  countWhole(value, meter);
  return new Printer(noFlags()).argument(value, "v");
}

/** Go's `fmt.Sprint`: a space between two operands when neither is a string. */
export function sprint(values: readonly Value[], meter: Meter): string {
  let text = "";
  let previousIsString = true;
  for (const [index, value] of values.entries()) {
    const isString = stringOf(value) !== undefined;
    if (index > 0 && !isString && !previousIsString) text += " ";
    text += printed(value, meter);
    previousIsString = isString;
  }
  return text;
}

/** Go's `fmt.Sprintln`. */
export function sprintln(values: readonly Value[], meter: Meter): string {
  return `${values.map((value) => printed(value, meter)).join(" ")}\n`;
}

/** Shows an argument in a way of its own; undefined: as usual. */
export type ArgumentStyle = (value: Value, verb: string, flags: Flags) => string | undefined;

/** Go's `fmt.Sprintf`. The format and the result are bytes. */
export function sprintf(
  format: string,
  values: readonly Value[],
  meter: Meter,
  style?: ArgumentStyle,
): string {
  return new Formatter(format, values, meter, style).run();
}

/** Reads one format string. The rules are those of Go's fmt package, its complaints inside the result too. */
class Formatter {
  readonly #format: string;
  readonly #values: readonly Value[];
  readonly #meter: Meter;
  readonly #style: ArgumentStyle | undefined;
  #at = 0;
  #argument = 0;
  #reordered = false;
  #goodIndex = true;
  #afterIndex = false;

  constructor(format: string, values: readonly Value[], meter: Meter, style: ArgumentStyle | undefined) {
    this.#format = format;
    this.#values = values;
    this.#meter = meter;
    this.#style = style;
  }

  run(): string {
    let text = "";
    while (this.#at < this.#format.length) {
      const percent = this.#format.indexOf("%", this.#at);
      if (percent < 0) return text + this.#format.slice(this.#at) + this.#extra();
      text += this.#format.slice(this.#at, percent);
      this.#at = percent + 1;
      text += this.#directive();
    }
    return text + this.#extra();
  }

  #extra(): string {
    if (this.#reordered || this.#argument >= this.#values.length) return "";
    const left = this.#values.slice(this.#argument).map((value) => {
      return value === null || value === undefined
        ? "<nil>"
        : `${typeOf(value)}=${printed(value, this.#meter)}`;
    });
    return `%!(EXTRA ${left.join(", ")})`;
  }

  #directive(): string {
    const printer = new Printer(noFlags());
    const { flags } = printer;
    this.#goodIndex = true;
    this.#afterIndex = false;
    for (; ; this.#at++) {
      const flag = this.#format[this.#at];
      if (flag === "#") flags.sharp = true;
      else if (flag === "0") flags.zero = true;
      else if (flag === "+") flags.plus = true;
      else if (flag === "-") flags.minus = true;
      else if (flag === " ") flags.space = true;
      else break;
    }
    return this.#width(printer) + this.#precision(printer) + this.#verb(printer);
  }

  #width({ flags }: Printer): string {
    this.#index();
    if (this.#format[this.#at] !== "*") {
      flags.width = this.#number();
      if (this.#afterIndex && flags.width !== undefined) this.#goodIndex = false;
      return "";
    }
    this.#at++;
    this.#afterIndex = false;
    const width = this.#integerArgument();
    if (width !== undefined && width < 0) {
      flags.minus = true;
      flags.zero = false;
    }
    flags.width = width === undefined ? undefined : Math.abs(width);
    return width === undefined ? "%!(BADWIDTH)" : "";
  }

  #precision({ flags }: Printer): string {
    if (this.#format[this.#at] !== "." || this.#at + 1 >= this.#format.length) return "";
    this.#at++;
    if (this.#afterIndex) this.#goodIndex = false;
    this.#index();
    if (this.#format[this.#at] !== "*") {
      flags.precision = this.#number() ?? 0;
      return "";
    }
    this.#at++;
    this.#afterIndex = false;
    const precision = this.#integerArgument();
    flags.precision = precision !== undefined && precision >= 0 ? precision : undefined;
    return flags.precision === undefined ? "%!(BADPREC)" : "";
  }

  #verb(printer: Printer): string {
    if (!this.#afterIndex) this.#index();
    if (this.#at >= this.#format.length) return "%!(NOVERB)";
    const { size } = runeAt(this.#format, this.#at);
    const verb = this.#format.slice(this.#at, this.#at + size);
    this.#at += size;
    if (verb === "%") return "%";
    if (!this.#goodIndex) return `%!${verb}(BADINDEX)`;
    if (this.#argument >= this.#values.length) return `%!${verb}(MISSING)`;
    if (verb === "v") {
      const { flags } = printer;
      flags.sharpV = flags.sharp;
      flags.plusV = flags.plus;
      flags.sharp = false;
      flags.plus = false;
    }
    const value = this.#values[this.#argument++];
    const { width = 0, precision = 0 } = printer.flags;
    countWhole(value, this.#meter, width + precision);
    return this.#style?.(value, verb, printer.flags) ?? printer.argument(value, verb);
  }

  #number(): number | undefined {
    const digits = /^\d+/.exec(this.#format.slice(this.#at, this.#at + 9))?.[0];
    if (digits === undefined) return undefined;
    if (Number(digits) > LARGEST) {
      this.#at = this.#format.length;
      return undefined;
    }
    this.#at += digits.length;
    return Number(digits);
  }

  #integerArgument(): number | undefined {
    if (this.#argument >= this.#values.length) return undefined;
    const value = this.#values[this.#argument++];
    if (!isIntegerValue(value)) return undefined;
    const number = Number(integerOf(value));
    return Math.abs(number) > LARGEST ? undefined : number;
  }

  /** `[n]`: the next operand is the nth. */
  #index(): void {
    if (this.#format[this.#at] !== "[") return;
    this.#reordered = true;
    const close = this.#format.indexOf("]", this.#at);
    if (close < 0) {
      this.#goodIndex = false;
      this.#at++;
      return;
    }
    const inside = this.#format.slice(this.#at + 1, close);
    this.#at = close + 1;
    const index = /^\d{1,7}$/.test(inside) ? Number(inside) - 1 : -1;
    if (index >= 0 && index < this.#values.length) {
      this.#argument = index;
      this.#afterIndex = true;
    } else {
      this.#goodIndex = false;
      this.#afterIndex = /^\d+$/.test(inside);
    }
  }
}
