import type { JsonValue } from "../../json.ts";
import { badRequest } from "./refusal.ts";

const UNIT_SECONDS: Readonly<Record<string, number>> = { d: 86_400, h: 3600, m: 60, s: 1, ms: 0.001 };

/**
 * A duration as Vault takes it, in whole seconds: a number, digits, or Go's notation with days, e.g.
 * `"1h30m"`. Absent, null and `""` are 0; undefined: it is none.
 */
export function parseDuration(value: JsonValue | undefined): number | undefined {
  if (value === undefined || value === null || value === "") return 0;
  if (typeof value === "number") return Math.trunc(value);
  if (typeof value === "string") {
    if (/^-?\d+$/.test(value)) return Number(value);
    const sign = value.startsWith("-") ? -1 : 1;
    const parts = value.replace(/^[-+]/, "");
    if (/^(\d+(\.\d+)?(d|h|ms|m|s))+$/.test(parts)) return Math.trunc(sign * sumOf(parts));
  }
  return undefined;
}

/** The same for a field of a request. @throws VaultRefusal 400 naming the field. */
export function durationSeconds(value: JsonValue | undefined, field: string): number {
  const seconds = parseDuration(value);
  if (seconds !== undefined) return seconds;
  throw badRequest(
    `Field validation failed: error converting input for field "${field}": time: invalid duration ${JSON.stringify(value)}`,
  );
}

function sumOf(parts: string): number {
  let seconds = 0;
  for (const [, amount, unit] of parts.matchAll(/(\d+(?:\.\d+)?)(d|h|ms|m|s)/g)) {
    seconds += Number(amount) * (UNIT_SECONDS[unit ?? ""] ?? 0);
  }
  return seconds;
}

/** Seconds in Go's notation without zero parts, as Vault's warnings print them: `24h`, `1m30s`, `0s`. */
export function formatSeconds(seconds: number): string {
  const hours = Math.floor(seconds / 3600);
  const minutes = Math.floor((seconds % 3600) / 60);
  const rest = seconds % 60;
  const text = [
    hours > 0 ? `${hours}h` : "",
    minutes > 0 ? `${minutes}m` : "",
    rest > 0 ? `${rest}s` : "",
  ].join("");
  return text === "" ? "0s" : text;
}
