import { FunctionError } from "../errors.ts";
import { parseIpv6 } from "../network/ip-address.ts";

/** The parts of a URL as Go's net/url has them: path, fragment and host unescaped. */
export interface UrlParts {
  readonly scheme: string;
  readonly opaque: string;
  readonly userinfo: string;
  readonly host: string;
  readonly path: string;
  readonly query: string;
  readonly fragment: string;
}

function decodePercent(text: string): string {
  if (/%(?![\da-fA-F]{2})/.test(text)) throw new FunctionError("unable to parse url: invalid URL escape");
  return text.replace(/%([\da-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

const escapeAll = (text: string, kept: RegExp): string =>
  text.replace(/[\s\S]/g, (byte) =>
    kept.test(byte) ? byte : `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`,
  );

/** The path `*` is a request for a whole server. */
const escapePath = (text: string): string => (text === "*" ? text : escapeAll(text, /[\w.~$&+,/:;=@-]/));
const escapeFragment = (text: string): string => escapeAll(text, /[\w.~$&+,/:;=?@!()*-]/);
const escapeUser = (text: string): string => escapeAll(text, /[\w.~$&+,;=-]/);
const escapeHost = (text: string): string => escapeAll(text, /[\w.~$&+,;=:[\]<>"!'()*-]/);

/** Cuts a text at the first separator. */
function cut(text: string, separator: string): readonly [string, string | undefined] {
  const at = text.indexOf(separator);
  return at < 0 ? [text, undefined] : [text.slice(0, at), text.slice(at + separator.length)];
}

function parseUserinfo(text: string): string {
  if (!/^[\w.:~!$&'()*+,;=%@-]*$/.test(text))
    throw new FunctionError("unable to parse url: invalid userinfo");
  const [user, password] = cut(text, ":");
  return (
    escapeUser(decodePercent(user)) +
    (password === undefined ? "" : `:${escapeUser(decodePercent(password))}`)
  );
}

/** What stands in a host as it is; only what is not ASCII, and the percent sign, can be written with one. */
const HOST = /^(?:[\w.~!$&'()*+,;=:[\]<>"-]|[^\0-\x7f]|%25|%[89A-Fa-f][\dA-Fa-f])*$/;
/** In a zone a blank, and what could stand there as it is, can be written with a percent sign too. */
const ZONE = /^(?:[\w.~!$&'()*+,;=:[\]<>" %-]|[^\0-\x7f])+$/;

/** Whether an address of IPv6 stands between the brackets of a host, and maybe a zone behind it. */
function isBracketed(inside: string): boolean {
  const [address, zone] = cut(inside, "%25");
  return parseIpv6(address) !== undefined && (zone === undefined || ZONE.test(decodePercent(zone)));
}

function parseHost(host: string): string {
  const [, inside, behind] = /^\[(.*)\](.*)$/.exec(host) ?? [];
  // Behind an address in brackets there is nothing but a port; elsewhere one may follow the last colon.
  const port = behind ?? /:[^:]*$/.exec(host)?.[0] ?? "";
  const isHost = inside === undefined ? HOST.test(host) && !host.includes("[") : isBracketed(inside);
  if (!isHost || !/^(?::\d*)?$/.test(port))
    throw new FunctionError("unable to parse url: invalid host or port");
  return decodePercent(host);
}

function parseAuthority(authority: string): { readonly userinfo: string; readonly host: string } {
  const at = authority.lastIndexOf("@");
  const host = parseHost(authority.slice(at + 1));
  return { userinfo: at < 0 ? "" : parseUserinfo(authority.slice(0, at)), host };
}

/** Parses a URL (bytes) as Go does. @throws FunctionError if it is none. */
export function parseUrl(text: string): UrlParts {
  if ([...text].some((byte) => byte < " " || byte === "\x7f"))
    throw new FunctionError("unable to parse url: invalid control character in URL");
  const [beforeFragment, fragment = ""] = cut(text, "#");
  const schemeMatch = /^([A-Za-z][A-Za-z\d+.-]*):/.exec(beforeFragment);
  if (beforeFragment.startsWith(":")) throw new FunctionError("unable to parse url: missing protocol scheme");
  const scheme = (schemeMatch?.[1] ?? "").toLowerCase();
  const [hierarchy, query = ""] = cut(beforeFragment.slice(schemeMatch?.[0].length ?? 0), "?");
  const empty = {
    scheme,
    query,
    fragment: decodePercent(fragment),
    opaque: "",
    userinfo: "",
    host: "",
    path: "",
  };
  if (scheme !== "" && !hierarchy.startsWith("/") && hierarchy !== "") return { ...empty, opaque: hierarchy };
  const firstSegment = cut(hierarchy, "/")[0];
  if (scheme === "" && !hierarchy.startsWith("/") && firstSegment.includes(":")) {
    throw new FunctionError("unable to parse url: first path segment in URL cannot contain colon");
  }
  if (!hierarchy.startsWith("//") || (scheme === "" && hierarchy.startsWith("///"))) {
    return { ...empty, path: decodePercent(hierarchy) };
  }
  const [authority, path] = cut(hierarchy.slice(2), "/");
  return {
    ...empty,
    ...parseAuthority(authority),
    path: path === undefined ? "" : decodePercent(`/${path}`),
  };
}

/** The URL (bytes) of parts, as Go's URL.String writes it. */
export function joinUrl(url: UrlParts): string {
  // As in Sprig, a slash, a question mark or a hash that is not escaped ends it, and nothing of it is left.
  const userinfo = url.userinfo === "" ? "" : parseUrl(`proto://${url.userinfo}@host`).userinfo;
  let text = url.scheme === "" ? "" : `${url.scheme}:`;
  if (url.opaque !== "") text += url.opaque;
  else {
    if (url.scheme !== "" || url.host !== "" || userinfo !== "") {
      if (url.host !== "" || url.path !== "" || userinfo !== "") text += "//";
      if (userinfo !== "") text += `${userinfo}@`;
      text += escapeHost(url.host);
    }
    const path = escapePath(url.path);
    if (path !== "" && !path.startsWith("/") && url.host !== "") text += "/";
    if (text === "" && cut(path, "/")[0].includes(":")) text += "./";
    text += path;
  }
  if (url.query !== "") text += `?${url.query}`;
  return url.fragment === "" ? text : `${text}#${escapeFragment(url.fragment)}`;
}
