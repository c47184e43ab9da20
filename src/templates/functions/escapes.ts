import { runeAt } from "../bytes.ts";
import { isPrintable } from "../format/quote.ts";
import { printedArguments } from "./builtins.ts";
import { define, library } from "./function-spec.ts";

const HTML: Readonly<Record<string, string>> = {
  "\0": "\xef\xbf\xbd",
  '"': "&#34;",
  "'": "&#39;",
  "&": "&amp;",
  "<": "&lt;",
  ">": "&gt;",
};
const SCRIPT: Readonly<Record<string, string>> = {
  "\\": "\\\\",
  "'": "\\'",
  '"': '\\"',
  "<": "\\u003C",
  ">": "\\u003E",
  "&": "\\u0026",
  "=": "\\u003D",
};

const upperHex = (value: number): string => value.toString(16).toUpperCase();

function escapeScript(text: string): string {
  let escaped = "";
  for (let index = 0; index < text.length; ) {
    const { codePoint, size } = runeAt(text, index);
    const character = text.slice(index, index + size);
    index += size;
    if (codePoint < 0x80) {
      const isControl = codePoint < 0x20;
      escaped += SCRIPT[character] ?? (isControl ? `\\u${upperHex(codePoint).padStart(4, "0")}` : character);
    } else if (isPrintable(codePoint)) escaped += character;
    else escaped += `\\u${upperHex(codePoint).padStart(4, "0")}`;
  }
  return escaped;
}

/** Percent-encoding as in a query string: a space is `+`. */
function escapeQuery(text: string): string {
  return text.replace(/[^\w.~-]/g, (byte) =>
    byte === " " ? "+" : `%${upperHex(byte.charCodeAt(0)).padStart(2, "0")}`,
  );
}

/** What HTML must not hold as it is, as character references. */
export function escapeHtml(text: string): string {
  return text.replace(/[\0"'&<>]/g, (character) => HTML[character] ?? character);
}

const escaper = (apply: (text: string) => string) =>
  define(["...interface {}"], (args) => apply(printedArguments(args)));

/** The escaping functions of Go's text/template. */
export const ESCAPES = library({
  html: escaper(escapeHtml),
  js: escaper(escapeScript),
  urlquery: escaper(escapeQuery),
});
