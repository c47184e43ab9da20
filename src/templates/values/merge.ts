import { FunctionError } from "../errors.ts";
import type { Meter } from "../limits.ts";
import { isTrue } from "./kinds.ts";
import { MapValue } from "./value.ts";
import { countVisit } from "./weight.ts";

const MAX_DEPTH = 500;

/**
 * Merges `source` into `target`, maps inside maps too, by the rules of dario.cat/mergo: without `override`
 * what the target has stays, unless it is empty; with it, all that the source has replaces it, empty or not,
 * except that maps are still merged.
 */
export function mergeMaps(
  target: MapValue,
  source: MapValue,
  override: boolean,
  meter: Meter,
  depth = 0,
): void {
  if (depth > MAX_DEPTH) throw new FunctionError("the maps nest too deep to be merged");
  for (const [key, value] of source.entries()) {
    countVisit(meter);
    const present = target.get(key);
    if (value === null) {
      if (override) target.set(key, null);
      continue;
    }
    if (value instanceof MapValue && present instanceof MapValue && present.size > 0) {
      if (present.type !== value.type) throw new FunctionError("the maps hold maps of different types");
      mergeMaps(present, value, override, meter, depth + 1);
    } else if (override || present === undefined || !isTrue(present)) {
      target.set(key, value);
    }
  }
}
