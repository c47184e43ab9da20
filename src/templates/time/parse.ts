import { civilFromSeconds, daysIn, daysSinceEpoch, MONTHS, WEEKDAYS } from "./civil.ts";
import { type LayoutElement, type LayoutPart, layoutParts } from "./layout.ts";
import { TimeValue, UTC, type Zone } from "./time-value.ts";

const DAY_SECONDS = 86_400;

/** What has been read so far. */
interface Fields {
  year: number;
  month: number | undefined;
  day: number | undefined;
  yearDay: number | undefined;
  hour: number;
  minute: number;
  second: number;
  nanosecond: number;
  afternoon: boolean | undefined;
  /** `UTC` or `Z` was read, which outweighs every offset. */
  isUtc: boolean;
  offsetSeconds: number | undefined;
  zoneName: string;
}

/** Reads one element from the beginning of a text; the rest, or undefined if it does not stand there. */
type Reader = (text: string, fields: Fields) => string | undefined;

const digits =
  (pattern: RegExp, set: (fields: Fields, value: number) => void, most = Number.POSITIVE_INFINITY): Reader =>
  (text, fields) => {
    const match = pattern.exec(text);
    if (!match || Number(match[0]) > most) return undefined;
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

/** The length of an hour with a sign that stands at the beginning, e.g. `+03`; 0: none does. */
function signedHourLength(text: string): number {
  const match = /^[+-](\d+)/.exec(text);
  return match && Number(match[1]) <= 23 ? match[0].length : 0;
}

/** The length of a zone's abbreviation; 0: it is none. */
function zoneLength(text: string): number {
  if (/^(?:ChST|MeST|WITA(?![A-Z]))/.test(text)) return 4;
  if (text.startsWith("GMT")) return 3 + signedHourLength(text.slice(3));
  if (/^[+-]/.test(text)) return signedHourLength(text);
  return /^(?:[A-Z]{3}|[A-Z]{3,4}T)(?![A-Z])/.exec(text)?.[0].length ?? 0;
}

const zoneWord: Reader = (text, fields) => {
  if (text.startsWith("UTC")) {
    fields.isUtc = true;
    return text.slice(3);
  }
  const length = zoneLength(text);
  if (length === 0) return undefined;
  fields.zoneName = text.slice(0, length);
  return text.slice(length);
};

function offsetReader(element: string): Reader {
  const count = element.replace(/\D/g, "").length / 2;
  const colon = element.includes(":") ? ":" : "";
  const pattern = new RegExp(`^([+-])${Array.from({ length: count }, () => "(\\d\\d)").join(colon)}`);
  return (text, fields) => {
    if (element.startsWith("Z") && text.startsWith("Z")) {
      fields.isUtc = true;
      return text.slice(1);
    }
    const match = pattern.exec(text);
    if (!match) return undefined;
    const [hours, minutes, seconds] = [match[2], match[3], match[4]].map((part) => Number(part ?? 0));
    if (Number(hours) > 24 || Number(minutes) > 60 || Number(seconds) > 60) return undefined;
    const offset = Number(hours) * 3600 + Number(minutes) * 60 + Number(seconds);
    fields.offsetSeconds = match[1] === "-" ? -offset : offset;
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
  "15": digits(ONE_OR_TWO, setHour, 23),
  "03": digits(TWO, setHour, 12),
  "3": digits(ONE_OR_TWO, setHour, 12),
  "04": digits(TWO, setMinute, 59),
  "4": digits(ONE_OR_TWO, setMinute, 59),
  "05": digits(TWO, setSecond, 59),
  "5": digits(ONE_OR_TWO, setSecond, 59),
  PM: half,
  pm: half,
  MST: zoneWord,
};

/** Reads a fraction of a second: of so many digits, or as many as there are. */
function readFraction(text: string, fields: Fields, count?: number): string | undefined {
  const match = new RegExp(`^[.,](\\d${count === undefined ? "+" : `{${count}}`})`).exec(text);
  if (!match) return count === undefined ? text : undefined;
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
    return readFraction(text, fields, part.trims ? undefined : part.digits);
  }
  const reader = READERS[part.element] ?? offsetReader(part.element);
  const rest = reader(text, fields);
  const isSeconds = part.element === "05" || part.element === "5";
  // Seconds may have a fraction that the layout does not mention.
  return isSeconds && rest !== undefined && next?.kind !== "fraction" ? readFraction(rest, fields) : rest;
}

/** The day that was read, since 1970; undefined: there is none such, or its parts contradict each other. */
function dayOf({ year, month, day, yearDay }: Fields): number | undefined {
  if (yearDay === undefined) {
    const [inMonth, inDay] = [month ?? 1, day ?? 1];
    const exists = inMonth >= 1 && inMonth <= 12 && inDay >= 1 && inDay <= daysIn(year, inMonth);
    return exists ? daysSinceEpoch(year, inMonth, inDay) : undefined;
  }
  const days = daysSinceEpoch(year, 1, yearDay);
  const civil = civilFromSeconds(days * DAY_SECONDS, 0);
  const agrees =
    civil.year === year && civil.month === (month ?? civil.month) && civil.day === (day ?? civil.day);
  return agrees ? days : undefined;
}

/** Where local time is UTC, an offset of zero is it too. A name alone says nothing of the offset, but for GMT+3. */
function zoneOf({ isUtc, offsetSeconds, zoneName }: Fields): Zone {
  if (isUtc || (zoneName === "" && !offsetSeconds)) return UTC;
  return {
    name: zoneName,
    offsetSeconds: offsetSeconds ?? Number(/^GMT(.+)/.exec(zoneName)?.[1] ?? 0) * 3600,
  };
}

function toTime(fields: Fields): TimeValue | undefined {
  const days = dayOf(fields);
  if (days === undefined) return undefined;
  let { hour } = fields;
  if (fields.afternoon === true && hour < 12) hour += 12;
  else if (fields.afternoon === false && hour === 12) hour = 0;
  const offsetSeconds = fields.isUtc ? 0 : (fields.offsetSeconds ?? 0);
  const seconds = days * DAY_SECONDS + hour * 3600 + fields.minute * 60 + fields.second - offsetSeconds;
  const zone = zoneOf(fields);
  return new TimeValue(BigInt(seconds) * 1_000_000_000n + BigInt(fields.nanosecond), zone);
}

/** Reads a time in a layout of Go's time package; a time without a zone is in UTC. Undefined: it is none. */
export function parseTime(layout: string, text: string): TimeValue | undefined {
  const fields: Fields = {
    year: 0,
    month: undefined,
    day: undefined,
    yearDay: undefined,
    hour: 0,
    minute: 0,
    second: 0,
    nanosecond: 0,
    afternoon: undefined,
    isUtc: false,
    offsetSeconds: undefined,
    zoneName: "",
  };
  let rest: string | undefined = text;
  const parts = layoutParts(layout);
  for (const [index, part] of parts.entries()) {
    rest = readPart(part, rest, fields, parts[index + 1]);
    if (rest === undefined) return undefined;
  }
  return rest === "" ? toTime(fields) : undefined;
}
