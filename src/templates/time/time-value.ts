import { getter, Integer, int64, type Method, ObjectValue, type Value } from "../values/value.ts";
import { type CivilTime, civilFromSeconds, MONTHS, WEEKDAYS } from "./civil.ts";
import { formatTime } from "./format.ts";

const NANOSECONDS = 1_000_000_000n;

/** A place on Earth's clocks: UTC plus an offset. */
export interface Zone {
  /** Abbreviation, e.g. `UTC`; `""`: only the offset is known. */
  readonly name: string;
  readonly offsetSeconds: number;
}

export const UTC: Zone = { name: "UTC", offsetSeconds: 0 };

/** Go's `time.Time`: an instant, to the nanosecond, and the zone it is shown in. */
export class TimeValue extends ObjectValue {
  readonly kind = "struct";
  readonly type = "time.Time";
  /** Since 1970. */
  readonly nanoseconds: bigint;
  readonly zone: Zone;

  constructor(nanoseconds: bigint, zone: Zone) {
    super();
    this.nanoseconds = nanoseconds;
    this.zone = zone;
  }

  get seconds(): bigint {
    return (this.nanoseconds - this.#fraction) / NANOSECONDS;
  }

  get #fraction(): bigint {
    return ((this.nanoseconds % NANOSECONDS) + NANOSECONDS) % NANOSECONDS;
  }

  /** The date and the time of day in its zone. */
  get civil(): CivilTime {
    return civilFromSeconds(Number(this.seconds) + this.zone.offsetSeconds, Number(this.#fraction));
  }

  format(layout: string): string {
    return formatTime(layout, this.civil, this.zone);
  }

  override stringer(): string {
    return this.format("2006-01-02 15:04:05.999999999 -0700 MST");
  }

  override encoded(): string {
    return this.format("2006-01-02T15:04:05.999999999Z07:00");
  }

  override method(name: string): Method | undefined {
    return METHODS.get(name)?.(this);
  }
}

const property = (of: (time: TimeValue) => Value) => (time: TimeValue) => getter(() => of(time));

const formatMethod = (time: TimeValue): Method => ({
  parameters: ["string"],
  call: ([layout]) => time.format(String(layout)),
});

const METHODS: ReadonlyMap<string, (time: TimeValue) => Method> = new Map([
  ["Format", formatMethod],
  ["String", property((time) => time.stringer())],
  ["Unix", property((time) => int64(time.seconds))],
  ["UnixMilli", property((time) => int64(time.nanoseconds / 1_000_000n))],
  ["UnixNano", property((time) => int64(time.nanoseconds))],
  ["Year", property((time) => BigInt(time.civil.year))],
  [
    "Month",
    property((time) => new NamedInteger("time.Month", time.civil.month, MONTHS[time.civil.month - 1] ?? "")),
  ],
  ["Day", property((time) => BigInt(time.civil.day))],
  [
    "Weekday",
    property(
      (time) => new NamedInteger("time.Weekday", time.civil.weekday, WEEKDAYS[time.civil.weekday] ?? ""),
    ),
  ],
  ["YearDay", property((time) => BigInt(time.civil.yearDay))],
  ["Hour", property((time) => BigInt(time.civil.hour))],
  ["Minute", property((time) => BigInt(time.civil.minute))],
  ["Second", property((time) => BigInt(time.civil.second))],
  ["Nanosecond", property((time) => BigInt(time.civil.nanosecond))],
  ["IsZero", property((time) => time.seconds === -62135596800n && time.civil.nanosecond === 0)],
  ["UTC", property((time) => new TimeValue(time.nanoseconds, UTC))],
  ["Local", property((time) => new TimeValue(time.nanoseconds, UTC))],
]);

/** An integer type that prints as a name: months and weekdays. */
class NamedInteger extends Integer {
  readonly #name: string;

  constructor(type: string, value: number, name: string) {
    super(type, BigInt(value), "int");
    this.#name = name;
  }

  override stringer(): string {
    return this.#name;
  }

  override method(name: string): Method | undefined {
    return name === "String" ? getter(() => this.#name) : undefined;
  }
}

/** The instant of a JavaScript date. */
export function timeFromDate(date: Date, zone: Zone = UTC): TimeValue {
  return new TimeValue(BigInt(date.getTime()) * 1_000_000n, zone);
}
