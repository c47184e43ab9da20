import { FunctionError } from "../errors.ts";
import { nearestInt64, saturated } from "../format/parse-number.ts";
import type { Arguments } from "../functions/arguments.ts";
import { define, library } from "../functions/function-spec.ts";
import { formatDuration, parseDuration } from "../time/duration.ts";
import { parseTime } from "../time/parse.ts";
import { TimeValue, timeFromDate, UTC } from "../time/time-value.ts";
import { Integer, type Value } from "../values/value.ts";

const SECOND = 1_000_000_000n;
const ANY = "interface {}";
/** 1 January of the year 1, Go's zero time. */
const ZERO_TIME = new TimeValue(-62135596800n * SECOND, UTC);

const UNITS: readonly (readonly [nanoseconds: bigint, name: string])[] = [
  [365n * 24n * 3600n * SECOND, "y"],
  [30n * 24n * 3600n * SECOND, "mo"],
  [24n * 3600n * SECOND, "d"],
  [3600n * SECOND, "h"],
  [60n * SECOND, "m"],
  [SECOND, "s"],
];

function timeAt(args: Arguments, index: number): TimeValue {
  const value = args.any(index);
  if (value instanceof TimeValue) return value;
  throw new FunctionError("expected a time");
}

const isInt64 = (value: Value): value is Integer => value instanceof Integer && value.type === "int64";

const now = (args: Arguments): bigint => timeFromDate(args.run.context.now()).nanoseconds;

function instant(args: Arguments): bigint {
  const value = args.any(0);
  if (value instanceof TimeValue) return value.nanoseconds;
  if (typeof value === "bigint") return value * SECOND;
  return isInt64(value) ? value.value * SECOND : now(args);
}

/** How long ago an instant was; no more than a duration can hold. */
const since = (args: Arguments, nanoseconds: bigint): bigint => saturated(now(args) - nanoseconds);

/** Rounds halves away from zero. */
function rounded(nanoseconds: bigint): bigint {
  const half = nanoseconds < 0n ? -SECOND / 2n : SECOND / 2n;
  return saturated(((nanoseconds + half) / SECOND) * SECOND);
}

/** A number of seconds; as in Go, what is too long for a duration wraps around. */
function duration(value: Value): string {
  const seconds = typeof value === "string" ? nearestInt64(value) : isInt64(value) ? value.value : 0n;
  return formatDuration(BigInt.asIntN(64, seconds * SECOND));
}

/** A duration in its largest unit, cut off. */
function durationRound(args: Arguments): string {
  const value = args.any(0);
  let nanoseconds = 0n;
  if (typeof value === "string") nanoseconds = parseDuration(value) ?? 0n;
  else if (value instanceof TimeValue) nanoseconds = since(args, value.nanoseconds);
  else if (isInt64(value)) nanoseconds = value.value;
  const magnitude = nanoseconds < 0n ? -nanoseconds : nanoseconds;
  const unit = UNITS.find(([length]) => magnitude > length);
  return unit ? `${magnitude / unit[0]}${unit[1]}` : "0s";
}

function modified(args: Arguments): TimeValue {
  const change = parseDuration(args.string(0));
  if (change === undefined) throw new FunctionError("the text is not a duration; expected e.g. 1h30m");
  return new TimeValue(timeAt(args, 1).nanoseconds + change, timeAt(args, 1).zone);
}

const mustDateModify = define(["string", "time.Time"], modified);

/** Sprig's functions on time, as far as consul-template has them. Local time is UTC. */
export const SPRIG_DATES = library({
  sprig_ago: define([ANY], (args) => formatDuration(rounded(since(args, instant(args))))),
  sprig_duration: define([ANY], (args) => duration(args.any(0))),
  sprig_durationRound: define([ANY], durationRound),
  sprig_must_date_modify: mustDateModify,
  sprig_mustDateModify: mustDateModify,
  sprig_toDate: define(
    ["string", "string"],
    (args) => parseTime(args.string(0), args.string(1)) ?? ZERO_TIME,
  ),
  sprig_mustToDate: define(["string", "string"], (args) => {
    const time = parseTime(args.string(0), args.string(1));
    if (!time) throw new FunctionError("the text is not a time in this layout");
    return time;
  }),
  sprig_unixEpoch: define(["time.Time"], (args) => String(timeAt(args, 0).seconds)),
});
