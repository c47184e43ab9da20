import { fromBytesExactly, toBytesExactly } from "../bytes.ts";
import { FunctionError } from "../errors.ts";
import type { Arguments } from "../functions/arguments.ts";
import { define, type FunctionSpec, library } from "../functions/function-spec.ts";
import { compileRegex, replaceMatches } from "../values/regular-expression.ts";
import { nilList, stringList, type Value } from "../values/value.ts";

const twins = (name: string, parameters: readonly string[], call: (args: Arguments) => Value) => {
  const spec: FunctionSpec = define(parameters, call);
  return { [`sprig_regex${name}`]: spec, [`sprig_mustRegex${name}`]: spec };
};

const matches = (args: Arguments): boolean =>
  compileRegex(args.string(0), args.run.meter).find(args.string(1)) !== undefined;

function findAll(args: Arguments): Value {
  const limit = args.size(2);
  const found = compileRegex(args.string(0), args.run.meter).findAll(fromBytesExactly(args.string(1)), limit);
  return found.length === 0 ? nilList("string") : stringList(found.map(({ text }) => toBytesExactly(text)));
}

/** Go's Regexp.Split: at most `limit` parts, negative: all; an empty match at the beginning splits nothing off. */
function split(args: Arguments): Value {
  const limit = args.size(2);
  const text = fromBytesExactly(args.string(1));
  const expression = compileRegex(args.string(0), args.run.meter);
  if (limit === 0) return nilList("string");
  if (args.string(0) !== "" && text === "") return stringList([""]);
  const parts: string[] = [];
  let start = 0;
  let end = 0;
  for (const match of expression.findAll(text, limit)) {
    if (limit > 0 && parts.length === limit - 1) break;
    end = match.starts[0] ?? 0;
    if (match.ends[0] !== 0) parts.push(text.slice(start, end));
    start = match.ends[0] ?? 0;
  }
  if (end !== text.length) parts.push(text.slice(start));
  return stringList(parts.map(toBytesExactly));
}

/** Sprig's functions on regular expressions. */
export const SPRIG_REGEX = library({
  /** Matches nothing when the expression is none; its twin gives up. */
  sprig_regexMatch: define(["string", "string"], (args) => {
    try {
      return matches(args);
    } catch (error) {
      if (error instanceof FunctionError) return false;
      throw error;
    }
  }),
  sprig_mustRegexMatch: define(["string", "string"], matches),
  ...twins(
    "Find",
    ["string", "string"],
    (args) => compileRegex(args.string(0), args.run.meter).find(args.string(1)) ?? "",
  ),
  ...twins("FindAll", ["string", "string", "int"], findAll),
  ...twins("ReplaceAll", ["string", "string", "string"], (args) =>
    replaceMatches(
      compileRegex(args.string(0), args.run.meter),
      args.string(1),
      args.string(2),
      args.run.meter,
    ),
  ),
  ...twins("ReplaceAllLiteral", ["string", "string", "string"], (args) =>
    replaceMatches(
      compileRegex(args.string(0), args.run.meter),
      args.string(1),
      args.string(2),
      args.run.meter,
      true,
    ),
  ),
  ...twins("Split", ["string", "string", "int"], split),
  sprig_regexQuoteMeta: define(["string"], (args) => args.string(0).replace(/[\\.+*?()|[\]{}^$]/g, "\\$&")),
});
