import { KeycardError } from "../errors.ts";
import { closestName } from "./closest-name.ts";
import { CREDENTIAL_PARAMETERS, PARAMETER_VALUES, PARAMETERS } from "./parameters.ts";

/** One server of a URL. */
export interface PostgresHost {
  /** Name, IPv4, IPv6 without brackets, or the absolute path of a Unix socket's directory. */
  readonly host: string;
  readonly port: number;
}

/** A connection URL without credentials. */
export interface PostgresUrl {
  /** `postgresql` or `postgres`, as written: some drivers take one alone. */
  readonly scheme: "postgresql" | "postgres";
  /** At least one, in the order in which they are tried. */
  readonly hosts: readonly PostgresHost[];
  /** `""`: the driver's default, which is the user's name. */
  readonly database: string;
  /** In the order written, decoded. Those that are not libpq's own are meant for one driver's URL alone. */
  readonly parameters: ReadonlyMap<string, string>;
}

/** A URL that Keycard cannot use. The message never holds the URL: it may hold a password. */
export class PostgresUrlError extends KeycardError {
  constructor(problem: string) {
    super(
      "KEYCARD_POSTGRES_URL",
      `PostgreSQL URL: ${problem}${problem.endsWith("?") ? "" : "."} Write it like postgresql://db.prod:5432/app?sslmode=verify-full.`,
    );
    this.name = "PostgresUrlError";
  }
}

/** Longer than a place with many hosts, and short enough to be read at once. */
const LONGEST_URL = 2048;
const DEFAULT_PORT = 5432;
const HOST_NAME = /^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$/;
const IPV6 = /^[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*(%[A-Za-z0-9_.-]+)?$/;

function decode(text: string, what: string): string {
  let decoded: string;
  try {
    // As libpq decodes: `+` stands for itself.
    decoded = decodeURIComponent(text);
  } catch {
    throw new PostgresUrlError(`${what} has a % that begins no valid escape; write a % as %25`);
  }
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (/[\u0000-\u001f\u007f]/.test(decoded)) {
    throw new PostgresUrlError(`${what} holds a control character or line break`);
  }
  return decoded;
}

function parsePort(text: string, host: string): number {
  if (text === "") return DEFAULT_PORT;
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535)
    throw new PostgresUrlError(`the port of host ${host} is no number from 1 to 65535`);
  return port;
}

function checkHost(host: string): string {
  if (host === "") throw new PostgresUrlError("it names no host");
  if (host.startsWith("/") || HOST_NAME.test(host) || IPV6.test(host)) return host;
  throw new PostgresUrlError("a host is neither a name, nor an address, nor the path of a socket directory");
}

function parseHost(text: string): PostgresHost {
  const bracketed = /^\[([^\]]*)\](?::(.*))?$/.exec(text);
  if (bracketed) {
    const host = decode(bracketed[1] ?? "", "a host");
    if (!IPV6.test(host)) throw new PostgresUrlError("what stands in [brackets] is no IPv6 address");
    return { host, port: parsePort(bracketed[2] ?? "", `[${host}]`) };
  }
  if (text.includes("[") || text.includes("]")) throw new PostgresUrlError("a host has an unmatched bracket");
  const colon = text.indexOf(":");
  const name = colon === -1 ? text : text.slice(0, colon);
  const port = colon === -1 ? "" : text.slice(colon + 1);
  if (port.includes(":")) throw new PostgresUrlError("an IPv6 address must stand in [brackets]");
  const host = checkHost(decode(name, "a host"));
  return { host, port: parsePort(port, host) };
}

function checkParameter(name: string, value: string): void {
  if (CREDENTIAL_PARAMETERS.has(name.toLowerCase())) {
    throw new PostgresUrlError(`leave out the parameter ${name}: the credentials come from Vault`);
  }
  const allowed = PARAMETER_VALUES.get(name);
  if (allowed && !allowed.includes(value)) {
    throw new PostgresUrlError(`${name} must be one of ${allowed.join(", ")}`);
  }
  if (name === "connect_timeout" && !/^\d{1,9}$/.test(value)) {
    throw new PostgresUrlError("connect_timeout must be a whole number of seconds");
  }
  if (PARAMETERS.has(name) || PLACE_PARAMETERS.has(name)) return;
  if (!/^[A-Za-z][A-Za-z0-9_.-]*$/.test(name)) {
    throw new PostgresUrlError("a parameter's name has other characters than letters, digits, _, . and -");
  }
  // A misspelt sslmode would fall back to one that does not verify anything.
  const meant = closestName(name, [...PARAMETERS.keys(), ...CREDENTIAL_PARAMETERS]);
  if (meant !== undefined)
    throw new PostgresUrlError(`there is no parameter ${name}; did you mean ${meant}?`);
}

/** Parameters that libpq lets override the place named before the `?`. */
const PLACE_PARAMETERS: ReadonlySet<string> = new Set(["host", "port", "dbname"]);

function parseParameters(query: string): Map<string, string> {
  const parameters = new Map<string, string>();
  for (const pair of query === "" ? [] : query.split("&")) {
    const equals = pair.indexOf("=");
    if (equals === -1) throw new PostgresUrlError("a parameter after the ? has no =");
    let name = decode(pair.slice(0, equals), "a parameter's name");
    let value = decode(pair.slice(equals + 1), "a parameter");
    // libpq reads JDBC's way of asking for TLS like this.
    if (name === "ssl" && value === "true") [name, value] = ["sslmode", "require"];
    checkParameter(name, value);
    if (parameters.has(name)) throw new PostgresUrlError(`the parameter ${name} stands there twice`);
    parameters.set(name, value);
  }
  return parameters;
}

/** The hosts, where `host` and `port` parameters win over the authority. */
function hostsOf(authority: string, parameters: ReadonlyMap<string, string>): readonly PostgresHost[] {
  const hostParameter = parameters.get("host");
  const ports = parameters.get("port")?.split(",");
  const hosts: readonly PostgresHost[] =
    hostParameter === undefined
      ? authority.split(",").map(parseHost)
      : hostParameter.split(",").map((host) => ({ host: checkHost(host), port: DEFAULT_PORT }));
  if (ports === undefined) return hosts;
  if (ports.length !== 1 && ports.length !== hosts.length) {
    throw new PostgresUrlError(`it names ${hosts.length} hosts but ${ports.length} ports`);
  }
  return hosts.map(({ host }, index) => ({ host, port: parsePort(ports[index] ?? ports[0] ?? "", host) }));
}

/**
 * Reads a connection URL as libpq does: several hosts, IPv6, any parameter. User and password have no place
 * in it.
 * @throws PostgresUrlError
 */
export function parsePostgresUrl(text: string): PostgresUrl {
  if (text.length > LONGEST_URL) throw new PostgresUrlError(`it is longer than ${LONGEST_URL} characters`);
  const match = /^(postgresql|postgres):\/\/([^/?]*)(?:\/([^?]*))?(?:\?(.*))?$/s.exec(text);
  if (!match) throw new PostgresUrlError("it does not begin with postgresql:// or postgres://");
  const [, scheme, authority = "", path = "", query = ""] = match;
  if (authority.includes("@")) {
    throw new PostgresUrlError("leave out user and password: the credentials come from Vault");
  }
  const given = parseParameters(query);
  return {
    scheme: scheme === "postgres" ? "postgres" : "postgresql",
    hosts: hostsOf(authority, given),
    database: given.get("dbname") ?? decode(path, "the database name"),
    parameters: new Map([...given].filter(([name]) => !PLACE_PARAMETERS.has(name))),
  };
}

/** Whether a host is the directory of a Unix socket. */
export function isSocketDirectory(host: string): boolean {
  return host.startsWith("/");
}

/** `encodeURIComponent`, and the five characters it leaves alone: a URL that is safe between any quotes. */
export function percentEncode(text: string): string {
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    (character) => `%${character.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

/** `host:port` as URLs write it. */
export function hostAndPort({ host, port }: PostgresHost): string {
  if (isSocketDirectory(host)) return `${percentEncode(host)}:${port}`;
  return host.includes(":") ? `[${host.replace("%", "%25")}]:${port}` : `${host}:${port}`;
}

/** `name=value&…`, encoded; `""` without parameters. */
export function queryString(parameters: Iterable<readonly [string, string]>): string {
  return [...parameters].map(([name, value]) => `${percentEncode(name)}=${percentEncode(value)}`).join("&");
}
