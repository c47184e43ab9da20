import { dump, dumpInline } from "../format/dump.ts";
import { sprintf } from "../format/print.ts";
import { define, library } from "./function-spec.ts";

const ANY_NUMBER = ["...interface {}"];

/** What go-spew hands to fmt in place of each value; its type is all that `%T` sees. */
const WRAPPER = "*spew.formatState";

/**
 * go-spew's dumps. Those that Vault Agent writes to its own standard output are written nowhere here: they
 * would put secrets into the log.
 */
export const SPEW = library({
  spew_dump: define(ANY_NUMBER, () => ""),
  spew_printf: define(["string", ...ANY_NUMBER], () => ""),
  spew_sdump: define(ANY_NUMBER, (args) => dump(args.values, args.run.meter)),
  spew_sprintf: define(["string", ...ANY_NUMBER], (args) =>
    sprintf(args.string(0), args.rest(1), args.run.meter, (value, verb, flags) => {
      if (verb === "T") return WRAPPER;
      return verb === "v" ? dumpInline(value, flags) : undefined;
    }),
  ),
});
