import type { Library } from "../functions/function-spec.ts";
import { SPRIG_DEFAULTS } from "./defaults.ts";
import { SPRIG_DICTS } from "./dicts.ts";
import { SPRIG_LISTS } from "./lists.ts";
import { SPRIG_NUMBERS } from "./numbers.ts";
import { SPRIG_PATHS } from "./paths.ts";
import { SPRIG_STRINGS } from "./strings.ts";

/** Sprig's general functions, under the names consul-template gives them. */
export const SPRIG: Library = new Map([
  ...SPRIG_STRINGS,
  ...SPRIG_NUMBERS,
  ...SPRIG_LISTS,
  ...SPRIG_DICTS,
  ...SPRIG_DEFAULTS,
  ...SPRIG_PATHS,
]);
