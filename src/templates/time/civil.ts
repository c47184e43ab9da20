/** A date and a time of day, without a zone. */
export interface CivilTime {
  readonly year: number;
  /** 1 to 12. */
  readonly month: number;
  readonly day: number;
  readonly hour: number;
  readonly minute: number;
  readonly second: number;
  readonly nanosecond: number;
  /** 0: Sunday. */
  readonly weekday: number;
  /** 1 to 366. */
  readonly yearDay: number;
}

export const MONTHS: readonly string[] = [
  "January",
  "February",
  "March",
  "April",
  "May",
  "June",
  "July",
  "August",
  "September",
  "October",
  "November",
  "December",
];

export const WEEKDAYS: readonly string[] = [
  "Sunday",
  "Monday",
  "Tuesday",
  "Wednesday",
  "Thursday",
  "Friday",
  "Saturday",
];

const DAY = 86400;

/** Days since 1970 of a date, months and days beyond their range carried on. */
export function daysSinceEpoch(year: number, month: number, day: number): number {
  const date = new Date(0);
  date.setUTCFullYear(year, month - 1, day);
  return Math.floor(date.getTime() / 1000 / DAY);
}

export function daysIn(year: number, month: number): number {
  return daysSinceEpoch(year, month + 1, 1) - daysSinceEpoch(year, month, 1);
}

/** The date and time of day so many seconds after 1970 began. */
export function civilFromSeconds(seconds: number, nanosecond: number): CivilTime {
  const date = new Date(seconds * 1000);
  const year = date.getUTCFullYear();
  const days = Math.floor(seconds / DAY);
  return {
    year,
    month: date.getUTCMonth() + 1,
    day: date.getUTCDate(),
    hour: date.getUTCHours(),
    minute: date.getUTCMinutes(),
    second: date.getUTCSeconds(),
    nanosecond,
    weekday: date.getUTCDay(),
    yearDay: days - daysSinceEpoch(year, 1, 1) + 1,
  };
}
