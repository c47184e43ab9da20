import { daysIn, daysSinceEpoch, MONTHS, WEEKDAYS } from "./civil.ts";
import { type LayoutElement, type LayoutPart, layoutParts } from "./layout.ts";
import { TimeValue, UTC, type Zone } from "./time-value.ts";

/** What has been read so far. */
interface Fields {
  year: number;
  month: number;
  day: number;
  yearDay: number;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  afternoon: boolean | undefined;
  offsetSeconds: number | undefined;
  zoneName: string;
}

/** Reads one element from the beginning of a text; the rest, or undefined if it does not stand there. */
type Reader = (text: string, fields: Fields) => string | undefined;

const digits =
  (pattern: RegExp, set: (fields: Fields, value: number) => void): Reader =>
  (text, fields) => {
    const match = pattern.exec(text);
    if (!match) return undefined;
    set(fields, Number(match[0]));
    return text.slice(match[0].length);
  };

const names =
  (
    list: readonly string[],
    length: number | undefined,
    set: (fields: Fields, index: number) => void,
  ): Reader =>
  (text, fields) => {
    const index = list.findIndex((name) => {
      const wanted = name.slice(0, length);
      return text.slice(0, wanted.length).toLowerCase() === wanted.toLowerCase();
    });
    if (index < 0) return undefined;
    set(fields, index);
    return text.slice((list[index] ?? "").slice(0, length).length);
  };

const TWO = /^\d\d/;
const ONE_OR_TWO = /^\d\d?/;
const setHour = (fields: Fields, value: number): void => {
  fields.hour = value;
};
const setMonth = (fields: Fields, value: number): void => {
  fields.month = value;
};
const setDay = (fields: Fields, value: number): void => {
  fields.day = value;
};
const setMinute = (fields: Fields, value: number): void => {
  fields.minute = value;
};
const setSecond = (fields: Fields, value: number): void => {
  fields.second = value;
};
const setYearDay = (fields: Fields, value: number): void => {
  fields.yearDay = value;
};
const setMonthIndex = (fields: Fields, index: number): void => setMonth(fields, index + 1);
const ignore = (): void => {};

const half: Reader = (text, fields) => {
  const word = text.slice(0, 2).toUpperCase();
  if (word !== "AM" && word !== "PM") return undefined;
  fields.afternoon = word === "PM";
  return text.slice(2);
};

const zoneWord: Reader = (text, fields) => {
  const match = /^(?:[A-Z]{3,5}|[+-]\d\d(?:\d\d)?)/.exec(text);
  if (!match) return undefined;
  fields.zoneName = match[0];
  if (match[0] === "UTC") fields.offsetSeconds = 0;
  return text.slice(match[0].length);
};

function offsetReader(element: string): Reader {
  const count = element.replace(/\D/g, "").length / 2;
  const colon = element.includes(":") ? ":" : "";
  const pattern = new RegExp(`^([+-])${Array.from({ length: count }, () => "(\\d\\d)").join(colon)}`);
  return (text, fields) => {
    if (element.startsWith("Z") && text.startsWith("Z")) {
      fields.offsetSeconds = 0;
      fields.zoneName = "UTC";
      return text.slice(1);
    }
    const match = pattern.exec(text);
    if (!match) return undefined;
    const seconds = Number(match[2]) * 3600 + Number(match[3] ?? 0) * 60 + Number(match[4] ?? 0);
    fields.offsetSeconds = match[1] === "-" ? -seconds : seconds;
    return text.slice(match[0].length);
  };
}

const READERS: Readonly<Partial<Record<LayoutElement, Reader>>> = {
  "2006": digits(/^\d{4}/, (fields, value) => {
    fields.year = value;
  }),
  "06": digits(TWO, (fields, value) => {
    fields.year = value >= 69 ? 1900 + value : 2000 + value;
  }),
  January: names(MONTHS, undefined, setMonthIndex),
  Jan: names(MONTHS, 3, setMonthIndex),
  "01": digits(TWO, setMonth),
  "1": digits(ONE_OR_TWO, setMonth),
  Monday: names(WEEKDAYS, undefined, ignore),
  Mon: names(WEEKDAYS, 3, ignore),
  "02": digits(TWO, setDay),
  "2": digits(ONE_OR_TWO, setDay),
  _2: (text, fields) => digits(ONE_OR_TWO, setDay)(text.replace(/^ /, ""), fields),
  "002": digits(/^\d{3}/, setYearDay),
  __2: (text, fields) => digits(/^\d{1,3}/, setYearDay)(text.replace(/^ {1,2}/, ""), fields),
  "15": digits(ONE_OR_TWO, setHour),
  "03": digits(TWO, setHour),
  "3": digits(ONE_OR_TWO, setHour),
  "04": digits(TWO, setMinute),
  "4": digits(ONE_OR_TWO, setMinute),
  "05": digits(TWO, setSecond),
  "5": digits(ONE_OR_TWO, setSecond),
  PM: half,
  pm: half,
  MST: zoneWord,
};

function readFraction(text: string, fields: Fields): string {
  const match = /^[.,](\d+)/.exec(text);
  if (!match) return text;
  fields.nanosecond = Number((match[1] ?? "").slice(0, 9).padEnd(9, "0"));
  return text.slice(match[0].length);
}

function readPart(
  part: LayoutPart,
  text: string,
  fields: Fields,
  next: LayoutPart | undefined,
): string | undefined {
  if (part.kind === "text") return text.startsWith(part.text) ? text.slice(part.text.length) : undefined;
  if (part.kind === "fraction") {
    const match = new RegExp(`^[.,]\\d{${part.digits}}(?!\\d)`).test(text);
    return match || part.trims ? readFraction(text, fields) : undefined;
  }
  const reader = READERS[part.element] ?? offsetReader(part.element);
  const rest = reader(text, fields);
  const isSeconds = part.element === "05" || part.element === "5";
  // Seconds may have a fraction that the layout does not mention.
  return isSeconds && rest !== undefined && next?.kind !== "fraction" ? readFraction(rest, fields) : rest;
}

function isValid(fields: Fields): boolean {
  const { month, day, hour, minute, second } = fields;
  if (month < 1 || month > 12 || day < 1 || day > daysIn(fields.year, month)) return false;
  const hourFits = fields.afternoon === undefined ? hour < 24 : hour <= 12;
  return hourFits && minute < 60 && second < 60;
}

function toTime(fields: Fields): TimeValue {
  let { hour } = fields;
  if (fields.afternoon === true && hour < 12) hour += 12;
  else if (fields.afternoon === false && hour === 12) hour = 0;
  const days =
    fields.yearDay > 0
      ? daysSinceEpoch(fields.year, 1, fields.yearDay)
      : daysSinceEpoch(fields.year, fields.month, fields.day);
  const offsetSeconds = fields.offsetSeconds ?? 0;
  const seconds = days * 86400 + hour * 3600 + fields.minute * 60 + fields.second - offsetSeconds;
  const isUtc = fields.offsetSeconds === undefined && fields.zoneName === "";
  const zone: Zone =
    isUtc || (offsetSeconds === 0 && fields.zoneName !== "" && /^UTC$/.test(fields.zoneName))
      ? UTC
      : { name: fields.zoneName, offsetSeconds };
  return new TimeValue(BigInt(seconds) * 1_000_000_000n + BigInt(fields.nanosecond), zone);
}

/** Reads a time in a layout of Go's time package; a time without a zone is in UTC. Undefined: it is none. */
export function parseTime(layout: string, text: string): TimeValue | undefined {
  const fields: Fields = {
    year: 0,
    month: 1,
    day: 1,
    yearDay: 0,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    afternoon: undefined,
    offsetSeconds: undefined,
    zoneName: "",
  };
  let rest: string | undefined = text;
  const parts = layoutParts(layout);
  for (const [index, part] of parts.entries()) {
    rest = readPart(part, rest, fields, parts[index + 1]);
    if (rest === undefined) return undefined;
  }
  return rest === "" && isValid(fields) ? toTime(fields) : undefined;
}
