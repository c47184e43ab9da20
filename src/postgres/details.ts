import { KeycardError } from "../errors.ts";
import { PARAMETERS } from "./parameters.ts";
import { hostAndPort, type PostgresUrl, parsePostgresUrl, percentEncode, queryString } from "./url.ts";

/** A login as Vault issues it. */
export interface PostgresLogin {
  readonly username: string;
  readonly password: string;
}

/** What the login is for. */
export interface PostgresTarget {
  /** The service's name in `pg_service.conf`, i.e. the value of `PGSERVICE`. */
  readonly name: string;
  /** Without credentials; absent: the formats hold no host. */
  readonly url?: string;
  /** Shown by `pg_stat_activity` unless the URL names another; cut to what PostgreSQL keeps. */
  readonly applicationName?: string;
}

/** Everything the formats are made from. */
export interface PostgresDetails {
  readonly name: string;
  readonly login: PostgresLogin;
  /** With `application_name` among its parameters; absent: no host is known. */
  readonly url: PostgresUrl | undefined;
  /** `""`: none. */
  readonly applicationName: string;
}

/** A login that one of the formats cannot hold. */
export class PostgresFormatError extends KeycardError {
  constructor(message: string) {
    super("KEYCARD_POSTGRES_FORMAT", message);
    this.name = "PostgresFormatError";
  }
}

/** PostgreSQL cuts `application_name` to NAMEDATALEN - 1 bytes. */
const MAX_APPLICATION_NAME_BYTES = 63;

/** The beginning of a text that fits, without half a character at its end. */
function cutToBytes(text: string, bytes: number): string {
  let cut = "";
  let length = 0;
  for (const character of text) {
    length += Buffer.byteLength(character);
    if (length > bytes) break;
    cut += character;
  }
  return cut;
}

function checkLogin({ username, password }: PostgresLogin): void {
  for (const [what, value] of [
    ["user name", username],
    ["password", password],
  ] as const) {
    // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
    if (/[\u0000-\u001f\u007f]/.test(value) || !value.isWellFormed()) {
      throw new PostgresFormatError(
        `The ${what} from Vault holds a control character or line break, which no PostgreSQL client configuration ` +
          "can hold. Change the username template or the password policy of the database's role.",
      );
    }
  }
  if (username === "" || username !== username.trim()) {
    throw new PostgresFormatError(
      "The user name from Vault is empty or begins or ends with white space. Change the username template of the " +
        "database's connection.",
    );
  }
}

/**
 * Checks login and target.
 * @throws PostgresUrlError, PostgresFormatError
 */
export function detailsOf(login: PostgresLogin, target: PostgresTarget): PostgresDetails {
  checkLogin(login);
  const parsed = target.url === undefined ? undefined : parsePostgresUrl(target.url);
  const applicationName =
    parsed?.parameters.get("application_name") ??
    cutToBytes(target.applicationName ?? "", MAX_APPLICATION_NAME_BYTES);
  const url =
    parsed === undefined || applicationName === ""
      ? parsed
      : { ...parsed, parameters: new Map(parsed.parameters).set("application_name", applicationName) };
  return { name: target.name, login, url, applicationName };
}

/** The URL with credentials; undefined without a target's URL. */
export function connectionUrl({ login, url }: PostgresDetails): string | undefined {
  if (url === undefined) return undefined;
  const user = `${percentEncode(login.username)}:${percentEncode(login.password)}`;
  const query = queryString(url.parameters);
  return `${url.scheme}://${user}@${url.hosts.map(hostAndPort).join(",")}/${percentEncode(url.database)}${query && `?${query}`}`;
}

/** libpq's parameters with their values: the place, then everything else, without user and password. */
export function* libpqParameters({
  url,
  applicationName,
}: PostgresDetails): Generator<readonly [string, string]> {
  if (url === undefined) {
    if (applicationName !== "") yield ["application_name", applicationName];
    return;
  }
  yield ["host", url.hosts.map(({ host }) => host).join(",")];
  yield ["port", url.hosts.map(({ port }) => String(port)).join(",")];
  if (url.database !== "") yield ["dbname", url.database];
  for (const [name, value] of url.parameters) if (PARAMETERS.has(name)) yield [name, value];
}
