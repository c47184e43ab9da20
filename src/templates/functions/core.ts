import { BUILTINS } from "./builtins.ts";
import { COLLECTIONS } from "./collections.ts";
import { COMPARISONS } from "./comparisons.ts";
import { DIGESTS } from "./digests.ts";
import { ENVIRONMENT } from "./environment.ts";
import { ESCAPES } from "./escapes.ts";
import type { Library } from "./function-spec.ts";
import { JSON_FUNCTIONS } from "./json.ts";
import { MATH } from "./math.ts";
import { STRINGS } from "./strings.ts";
import { VAULT } from "./vault.ts";

/** What nearly every template uses; small enough to be always there. */
export const CORE_LIBRARIES: readonly Library[] = [
  BUILTINS,
  COMPARISONS,
  ESCAPES,
  VAULT,
  STRINGS,
  JSON_FUNCTIONS,
  COLLECTIONS,
  MATH,
  DIGESTS,
  ENVIRONMENT,
];
