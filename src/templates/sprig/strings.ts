import { FunctionError } from "../errors.ts";
import { toLower, toUpper } from "../format/letter-case.ts";
import { nearestInt64 } from "../format/parse-number.ts";
import { sprintf } from "../format/print.ts";
import { quote } from "../format/quote.ts";
import { splitBytes, trimCutset, trimSpace } from "../format/trim.ts";
import type { Arguments } from "../functions/arguments.ts";
import { decodeBase64, digest, encodeBase64 } from "../functions/digests.ts";
import { define, library } from "../functions/function-spec.ts";
import { replaceAll } from "../functions/strings.ts";
import { ANY, MapValue, stringList, type Value } from "../values/value.ts";
import { adler32 } from "./adler32.ts";
import { decodeBase32, encodeBase32 } from "./base32.ts";
import { toText, toTexts } from "./conversion.ts";
import {
  abbreviate,
  initials,
  pascalCase,
  separated,
  swapCase,
  title,
  untitle,
  withoutSpace,
  wrap,
} from "./words.ts";

const one = (of: (text: string) => Value) => define(["string"], (args) => of(args.string(0)));
const two = (of: (option: string, text: string) => Value) =>
  define(["string", "string"], (args) => of(args.string(0), args.string(1)));
const anyNumber = (of: (args: Arguments) => Value) => define([`...${ANY}`], of);
const trimAll = two((cutset, text) => trimCutset(text, cutset));

/** Sprig's decoders return the error as their result. */
function decoded(decode: () => string): string {
  try {
    return decode();
  } catch (error) {
    if (error instanceof FunctionError) return error.message;
    throw error;
  }
}

/** `{"_0": first, "_1": second, …}`. */
function numbered(parts: readonly string[]): MapValue {
  return new MapValue(
    "string",
    "string",
    parts.map((part, index) => [`_${index}`, part] as const),
  );
}

function splitN(text: string, separator: string, count: number): string[] {
  const parts = splitBytes(text, separator);
  if (count === 0) return [];
  if (count < 0 || parts.length <= count) return parts;
  return [...parts.slice(0, count - 1), parts.slice(count - 1).join(separator)];
}

function bounded(start: number, end: number, length: number): void {
  if (start < 0 || end > length || start > end) throw new FunctionError("slice bounds out of range");
}

function substring(args: Arguments): string {
  const [start, end, text] = [args.size(0), args.size(1), args.string(2)];
  const [from, to] =
    start < 0 ? [0, end] : end < 0 || end > text.length ? [start, text.length] : [start, end];
  bounded(from, to, text.length);
  return text.slice(from, to);
}

function truncate(count: number, text: string): string {
  if (count < 0) return text.length + count > 0 ? text.slice(text.length + count) : text;
  return text.slice(0, count);
}

function indented(args: Arguments): string {
  const [spaces, text] = [args.size(0), args.string(1)];
  if (spaces < 0) throw new FunctionError("the number of spaces is negative");
  args.run.meter.allocate(spaces);
  const pad = " ".repeat(spaces);
  return pad + replaceAll(args, "\n", `\n${pad}`, text);
}

/** Sprig's functions on strings. */
export const SPRIG_STRINGS = library({
  sprig_abbrev: define(["int", "string"], (args) =>
    args.size(0) < 4 ? args.string(1) : abbreviate(args.string(1), 0, args.size(0)),
  ),
  sprig_abbrevboth: define(["int", "int", "string"], (args) => {
    const [left, right, text] = [args.size(0), args.size(1), args.string(2)];
    return right < 4 || (left > 0 && right < 7) ? text : abbreviate(text, left, right);
  }),
  sprig_adler32sum: one(adler32),
  sprig_atoi: one(nearestInt64),
  sprig_b32dec: one((text) => decoded(() => decodeBase32(text))),
  sprig_b32enc: one(encodeBase32),
  sprig_b64dec: one((text) => decoded(() => decodeBase64(text, "standard"))),
  sprig_b64enc: one((text) => encodeBase64(text, "standard")),
  sprig_camelcase: one(pascalCase),
  sprig_cat: anyNumber((args) => {
    const values = args.values.filter((value) => value !== null);
    return sprintf(values.map(() => "%v").join(" "), values, args.run.meter);
  }),
  sprig_contains: two((part, text) => text.includes(part)),
  sprig_hasPrefix: two((prefix, text) => text.startsWith(prefix)),
  sprig_hasSuffix: two((suffix, text) => text.endsWith(suffix)),
  sprig_hello: define([], () => "Hello!"),
  sprig_indent: define(["int", "string"], indented),
  sprig_initials: one(initials),
  sprig_join: define(["string", ANY], (args) => {
    const parts = toTexts(args.any(1), args.run.meter);
    args.run.meter.allocate(args.string(0).length * parts.length);
    return parts.join(args.string(0));
  }),
  sprig_kebabcase: one((text) => separated(text, "-")),
  sprig_lower: one(toLower),
  sprig_nindent: define(["int", "string"], (args) => `\n${indented(args)}`),
  sprig_nospace: one(withoutSpace),
  sprig_plural: define(["string", "string", "int"], (args) => args.string(args.size(2) === 1 ? 0 : 1)),
  sprig_quote: anyNumber((args) =>
    args.values
      .filter((value) => value !== null)
      .map((value) => quote(toText(value, args.run.meter)))
      .join(" "),
  ),
  sprig_repeat: define(["int", "string"], (args) => {
    const count = args.size(0);
    if (count < 0) throw new FunctionError("negative repeat count");
    args.run.meter.allocate(count * args.string(1).length);
    return args.string(1).repeat(count);
  }),
  sprig_replace: define(["string", "string", "string"], (args) =>
    replaceAll(args, args.string(0), args.string(1), args.string(2)),
  ),
  sprig_sha1sum: one((text) => digest("sha1", text)),
  sprig_sha256sum: one((text) => digest("sha256", text)),
  sprig_sha512sum: one((text) => digest("sha512", text)),
  sprig_snakecase: one((text) => separated(text, "_")),
  sprig_split: two((separator, text) => numbered(splitBytes(text, separator))),
  sprig_splitList: two((separator, text) => stringList(splitBytes(text, separator))),
  sprig_splitn: define(["string", "int", "string"], (args) =>
    numbered(splitN(args.string(2), args.string(0), args.size(1))),
  ),
  sprig_squote: anyNumber((args) =>
    args.values
      .filter((value) => value !== null)
      .map((value) => sprintf("'%v'", [value], args.run.meter))
      .join(" "),
  ),
  sprig_substr: define(["int", "int", "string"], substring),
  sprig_swapcase: one(swapCase),
  sprig_title: one(title),
  sprig_toString: define([ANY], (args) => toText(args.any(0), args.run.meter)),
  sprig_toStrings: define([ANY], (args) => stringList(toTexts(args.any(0), args.run.meter))),
  sprig_trim: one(trimSpace),
  sprig_trimAll: trimAll,
  sprig_trimall: trimAll,
  sprig_trimPrefix: two((prefix, text) => (text.startsWith(prefix) ? text.slice(prefix.length) : text)),
  sprig_trimSuffix: two((suffix, text) =>
    text.endsWith(suffix) ? text.slice(0, text.length - suffix.length) : text,
  ),
  sprig_trunc: define(["int", "string"], (args) => truncate(args.size(0), args.string(1))),
  sprig_untitle: one(untitle),
  sprig_upper: one(toUpper),
  sprig_wrap: define(["int", "string"], (args) => wrap(args.string(1), args.size(0), "", false)),
  sprig_wrapWith: define(["int", "string", "string"], (args) =>
    wrap(args.string(2), args.size(0), args.string(1), true),
  ),
});
