import {
  connectionUrl,
  detailsOf,
  libpqParameters,
  type PostgresDetails,
  type PostgresLogin,
  type PostgresTarget,
} from "./details.ts";
import { jdbcProperties } from "./jdbc.ts";
import { pgpassFile, serviceFile } from "./libpq-files.ts";
import { PARAMETERS } from "./parameters.ts";

/** Names of the files, in the order in which they are made. */
export const POSTGRES_FILES = [
  "username",
  "password",
  "url",
  "env",
  "json",
  "pgpass",
  "pg_service.conf",
  "jdbc.properties",
] as const;

export type PostgresFileName = (typeof POSTGRES_FILES)[number];

/** Keys in `env`, e.g. for `fileKeyRef`. Without a URL of the target only the first two are there. */
export const POSTGRES_ENV_KEYS = {
  username: "PGUSER",
  password: "PGPASSWORD",
  host: "PGHOST",
  port: "PGPORT",
  database: "PGDATABASE",
  url: "DATABASE_URL",
} as const;

/**
 * Mode a file needs whatever mode the others have; undefined: any. libpq ignores a password file that group
 * or others may read, so whoever connects must have the uid the file is written with.
 */
export function postgresFileMode(file: string): number | undefined {
  return file === "pgpass" ? 0o600 : undefined;
}

const PLACE_VARIABLES: ReadonlyMap<string, string> = new Map([
  ["host", POSTGRES_ENV_KEYS.host],
  ["port", POSTGRES_ENV_KEYS.port],
  ["dbname", POSTGRES_ENV_KEYS.database],
]);

/**
 * `KEY='value'` lines for `set -a; . FILE`, and for Kubernetes' `fileKeyRef`. The latter knows no way to
 * write a quote in a value and stops at one: lines with one come last, so that the others can be had.
 */
function envFile(details: PostgresDetails): string {
  const { username, password } = details.login;
  const variables: (readonly [string, string])[] = [
    [POSTGRES_ENV_KEYS.username, username],
    [POSTGRES_ENV_KEYS.password, password],
  ];
  for (const [name, value] of libpqParameters(details)) {
    const variable = PLACE_VARIABLES.get(name) ?? PARAMETERS.get(name)?.env;
    if (variable !== undefined) variables.push([variable, value]);
  }
  const url = connectionUrl(details);
  if (url !== undefined) variables.push([POSTGRES_ENV_KEYS.url, url]);
  const hasQuote = ([, value]: readonly [string, string]): boolean => value.includes("'");
  return [...variables.filter((variable) => !hasQuote(variable)), ...variables.filter(hasQuote)]
    .map(([name, value]) => `${name}='${value.replaceAll("'", String.raw`'\''`)}'\n`)
    .join("");
}

function jsonFile(details: PostgresDetails): string {
  const { login, url, applicationName } = details;
  const place = url && {
    host: url.hosts[0]?.host,
    port: url.hosts[0]?.port,
    hosts: url.hosts,
    database: url.database,
    parameters: Object.fromEntries(url.parameters),
    url: connectionUrl(details),
  };
  const application = applicationName === "" ? {} : { applicationName };
  return `${JSON.stringify({ ...login, ...place, ...application })}\n`;
}

/**
 * A login in every format an application may read, by file name. `username`, `password` and `url` have no
 * line break at their end.
 * @throws PostgresUrlError when the target's URL is wrong.
 * @throws PostgresFormatError when the login has characters that no client configuration can hold.
 */
export function postgresFiles(
  login: PostgresLogin,
  target: PostgresTarget,
): ReadonlyMap<PostgresFileName, string> {
  const details = detailsOf(login, target);
  const url = connectionUrl(details);
  const files = new Map<PostgresFileName, string>([
    ["username", login.username],
    ["password", login.password],
    ["env", envFile(details)],
    ["json", jsonFile(details)],
    ["pgpass", pgpassFile(details)],
    ["pg_service.conf", serviceFile(details)],
    ["jdbc.properties", jdbcProperties(details)],
  ]);
  if (url !== undefined) files.set("url", url);
  return files;
}
