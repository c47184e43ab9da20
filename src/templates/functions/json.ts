import { trimSpace } from "../format/trim.ts";
import { decodeJson } from "../values/json-decode.ts";
import { encodeJson, type JsonStyle } from "../values/json-encode.ts";
import { ANY, anyMap } from "../values/value.ts";
import { define, library } from "./function-spec.ts";

const encoder = (style: JsonStyle) =>
  define([ANY], (args) => trimSpace(encodeJson(args.any(0), style, args.run.meter)));

/** JSON both ways. */
export const JSON_FUNCTIONS = library({
  parseJSON: define(["string"], (args) =>
    args.string(0) === "" ? anyMap() : decodeJson(args.string(0), "float64"),
  ),
  toJSON: encoder({ escapeHtml: true, indent: 0 }),
  toJSONPretty: encoder({ escapeHtml: true, indent: 2 }),
  toUnescapedJSON: encoder({ escapeHtml: false, indent: 0 }),
  toUnescapedJSONPretty: encoder({ escapeHtml: false, indent: 2 }),
});
