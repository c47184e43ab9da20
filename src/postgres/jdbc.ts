import type { PostgresDetails } from "./details.ts";
import { PARAMETERS } from "./parameters.ts";
import { hostAndPort, isSocketDirectory, percentEncode, queryString } from "./url.ts";

/** A pgJDBC URL without credentials; undefined where pgJDBC cannot go: it knows no Unix sockets. */
function jdbcUrl({ url }: PostgresDetails): string | undefined {
  if (url === undefined || url.hosts.some(({ host }) => isSocketDirectory(host))) return undefined;
  const parameters = [...url.parameters].flatMap(([name, value]): readonly (readonly [string, string])[] => {
    const known = PARAMETERS.get(name);
    if (known === undefined) return [[name, value]];
    return known.jdbc?.(value) ?? [];
  });
  const query = queryString(parameters);
  return `jdbc:postgresql://${url.hosts.map(hostAndPort).join(",")}/${percentEncode(url.database)}${query && `?${query}`}`;
}

/** A value of a Java properties file, which is Latin-1 with its own escapes. */
function propertyValue(text: string): string {
  return [...text.replace(/[\\=:#!]/g, String.raw`\$&`).replace(/^ /, String.raw`\ `)]
    .map((character) => (character >= " " && character <= "~" ? character : unicodeEscapes(character)))
    .join("");
}

function unicodeEscapes(character: string): string {
  return character
    .split("")
    .map((unit) => String.raw`\u${unit.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}`)
    .join("");
}

/**
 * For `DriverManager.getConnection(url, properties)` and pools (`url`, `user`, `username`, `password`), and
 * for Spring Boot's `spring.config.import`.
 */
export function jdbcProperties(details: PostgresDetails): string {
  const { username, password } = details.login;
  const url = jdbcUrl(details);
  const entries: (readonly [string, string | undefined])[] = [
    ["url", url],
    ["user", username],
    ["username", username],
    ["password", password],
    ["spring.datasource.url", url],
    ["spring.datasource.username", username],
    ["spring.datasource.password", password],
  ];
  return entries
    .map(([key, value]) => (value === undefined ? "" : `${key}=${propertyValue(value)}\n`))
    .join("");
}
