import { fromBytes } from "../bytes.ts";
import { FunctionError } from "../errors.ts";
import { define, library } from "../functions/function-spec.ts";
import { decodeJson } from "../values/json-decode.ts";
import { encodeJson, type JsonStyle } from "../values/json-encode.ts";
import { isTrue } from "../values/kinds.ts";
import { ANY, type Value } from "../values/value.ts";

const ANY_NUMBER = [`...${ANY}`];
const COMPACT: JsonStyle = { escapeHtml: true, indent: 0 };
const PRETTY: JsonStyle = { escapeHtml: true, indent: 2 };
const UNESCAPED: JsonStyle = { escapeHtml: false, indent: 0 };

/** What gives up with a FunctionError gives `instead`. */
function quietly(work: () => Value, instead: Value): Value {
  try {
    return work();
  } catch (error) {
    if (error instanceof FunctionError) return instead;
    throw error;
  }
}

const encoder = (style: JsonStyle) => define([ANY], (args) => encodeJson(args.any(0), style, args.run.meter));
const quietEncoder = (style: JsonStyle) =>
  define([ANY], (args) => quietly(() => encodeJson(args.any(0), style, args.run.meter), ""));

/** Sprig's functions for values that may be empty, its JSON, and `fail`. */
export const SPRIG_DEFAULTS = library({
  sprig_default: define([ANY, `...${ANY}`], (args) =>
    args.count > 1 && isTrue(args.any(1)) ? args.any(1) : args.any(0),
  ),
  sprig_empty: define([ANY], (args) => !isTrue(args.any(0))),
  sprig_coalesce: define(ANY_NUMBER, (args) => args.values.find(isTrue) ?? null),
  sprig_all: define(ANY_NUMBER, (args) => args.values.every(isTrue)),
  sprig_any: define(ANY_NUMBER, (args) => args.values.some(isTrue)),
  sprig_ternary: define([ANY, ANY, "bool"], (args) => args.any(args.bool(2) ? 0 : 1)),
  sprig_fail: define(["string"], (args) => {
    throw new FunctionError(fromBytes(args.string(0)));
  }),
  sprig_fromJson: define(["string"], (args) => quietly(() => decodeJson(args.string(0), "float64"), null)),
  sprig_mustFromJson: define(["string"], (args) => decodeJson(args.string(0), "float64")),
  sprig_toJson: quietEncoder(COMPACT),
  sprig_mustToJson: encoder(COMPACT),
  sprig_toPrettyJson: quietEncoder(PRETTY),
  sprig_mustToPrettyJson: encoder(PRETTY),
  sprig_toRawJson: encoder(UNESCAPED),
  sprig_mustToRawJson: encoder(UNESCAPED),
});
