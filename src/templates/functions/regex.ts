import { compileRegex, replaceMatches } from "../values/regular-expression.ts";
import { define, library } from "./function-spec.ts";

/** consul-template's functions on regular expressions. */
export const REGEX = library({
  regexMatch: define(
    ["string", "string"],
    (args) => compileRegex(args.string(0), args.run.meter).find(args.string(1)) !== undefined,
  ),
  regexReplaceAll: define(["string", "string", "string"], (args) =>
    replaceMatches(
      compileRegex(args.string(0), args.run.meter),
      args.string(2),
      args.string(1),
      args.run.meter,
    ),
  ),
});
