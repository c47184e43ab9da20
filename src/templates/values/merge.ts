import { isTrue } from "./kinds.ts";
import { ANY_MAP, MapValue, type Value } from "./value.ts";

/** Whether a value counts as empty when maps are merged. */
function isEmpty(value: Value): boolean {
  return !isTrue(value);
}

/**
 * Merges `source` into `target`, maps inside maps too. What the target has stays, unless it is empty or
 * `override` says so; what is empty in the source overrides nothing.
 */
export function mergeMaps(target: MapValue, source: MapValue, override: boolean): MapValue {
  for (const [key, value] of source.entries()) {
    const present = target.get(key);
    if (
      present instanceof MapValue &&
      value instanceof MapValue &&
      present.type === ANY_MAP &&
      value.type === ANY_MAP
    ) {
      mergeMaps(present, value, override);
    } else if (present === undefined || isEmpty(present) || (override && !isEmpty(value))) {
      target.set(key, value);
    }
  }
  return target;
}
