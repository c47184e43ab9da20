import { FunctionError } from "../errors.ts";
import type { Arguments } from "../functions/arguments.ts";
import { define, library } from "../functions/function-spec.ts";
import { kindOf } from "../values/kinds.ts";
import { anyMap, type MapValue } from "../values/value.ts";
import { joinUrl, parseUrl } from "./url.ts";

function parts(text: string): MapValue {
  const url = parseUrl(text);
  return anyMap([
    ["scheme", url.scheme],
    ["host", url.host],
    ["hostname", url.host.replace(/:\d*$/, "").replace(/^\[(.*)\]$/, "$1")],
    ["path", url.path],
    ["query", url.query],
    ["opaque", url.opaque],
    ["fragment", url.fragment],
    ["userinfo", url.userinfo],
  ]);
}

function joined(args: Arguments): string {
  const map = args.map(0);
  const part = (name: string): string => {
    const value = map.get(name);
    if (value === undefined) return "";
    if (typeof value === "string") return value;
    throw new FunctionError(`${name} must be of type string, but ${kindOf(value)} found`);
  };
  return joinUrl({
    scheme: part("scheme"),
    host: part("host"),
    path: part("path"),
    query: part("query"),
    opaque: part("opaque"),
    fragment: part("fragment"),
    userinfo: part("userinfo"),
  });
}

/** Sprig's functions on URLs. */
export const SPRIG_URLS = library({
  sprig_urlParse: define(["string"], (args) => parts(args.string(0))),
  sprig_urlJoin: define(["map[string]interface {}"], joined),
});
