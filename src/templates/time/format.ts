import { type CivilTime, MONTHS, WEEKDAYS } from "./civil.ts";
import { type LayoutElement, type LayoutPart, layoutParts } from "./layout.ts";

interface ZoneShown {
  readonly name: string;
  readonly offsetSeconds: number;
}

const pad = (value: number, width: number, filler = "0"): string => String(value).padStart(width, filler);

function offset(element: string, { offsetSeconds }: ZoneShown): string {
  if (element.startsWith("Z") && offsetSeconds === 0) return "Z";
  const seconds = Math.abs(offsetSeconds);
  const fields = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60].map((field) =>
    pad(field, 2),
  );
  const count = element.replace(/[^0-9]/g, "").length / 2;
  return (offsetSeconds < 0 ? "-" : "+") + fields.slice(0, count).join(element.includes(":") ? ":" : "");
}

/** A zone without an abbreviation shows its offset. */
function zoneName(zone: ZoneShown): string {
  return zone.name === "" ? offset("-0700", zone) : zone.name;
}

function year(value: number): string {
  return value < 0 ? `-${pad(-value, 4)}` : pad(value, 4);
}

function shown(element: LayoutElement, time: CivilTime, zone: ZoneShown): string {
  switch (element) {
    case "2006":
      return year(time.year);
    case "06":
      return pad(((time.year % 100) + 100) % 100, 2);
    case "January":
      return MONTHS[time.month - 1] ?? "";
    case "Jan":
      return (MONTHS[time.month - 1] ?? "").slice(0, 3);
    case "01":
      return pad(time.month, 2);
    case "1":
      return String(time.month);
    case "Monday":
      return WEEKDAYS[time.weekday] ?? "";
    case "Mon":
      return (WEEKDAYS[time.weekday] ?? "").slice(0, 3);
    case "02":
      return pad(time.day, 2);
    case "_2":
      return pad(time.day, 2, " ");
    case "2":
      return String(time.day);
    case "002":
      return pad(time.yearDay, 3);
    case "__2":
      return pad(time.yearDay, 3, " ");
    default:
      return shownClock(element, time, zone);
  }
}

function shownClock(element: LayoutElement, time: CivilTime, zone: ZoneShown): string {
  switch (element) {
    case "15":
      return pad(time.hour, 2);
    case "03":
      return pad(time.hour % 12 || 12, 2);
    case "3":
      return String(time.hour % 12 || 12);
    case "04":
      return pad(time.minute, 2);
    case "4":
      return String(time.minute);
    case "05":
      return pad(time.second, 2);
    case "5":
      return String(time.second);
    case "PM":
      return time.hour >= 12 ? "PM" : "AM";
    case "pm":
      return time.hour >= 12 ? "pm" : "am";
    case "MST":
      return zoneName(zone);
    default:
      return offset(element, zone);
  }
}

function fraction(part: Extract<LayoutPart, { kind: "fraction" }>, nanosecond: number): string {
  let digits = pad(nanosecond, 9).slice(0, part.digits).padEnd(part.digits, "0");
  if (part.trims) digits = digits.replace(/0+$/, "");
  return digits === "" ? "" : part.separator + digits;
}

/** A time in a layout of Go's time package. */
export function formatTime(layout: string, time: CivilTime, zone: ZoneShown): string {
  return layoutParts(layout)
    .map((part) => {
      if (part.kind === "text") return part.text;
      return part.kind === "fraction" ? fraction(part, time.nanosecond) : shown(part.element, time, zone);
    })
    .join("");
}
