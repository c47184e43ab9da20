import { libpqParameters, type PostgresDetails, PostgresFormatError } from "./details.ts";
import { isSocketDirectory, type PostgresHost } from "./url.ts";

/** A field of a password file. A lone `*` would match anything. */
function pgpassField(text: string): string {
  const escaped = text.replace(/[\\:]/g, String.raw`\$&`);
  return escaped === "*" ? String.raw`\*` : escaped;
}

/** Where libpq looks a password up for a host: it knows its own default socket directory, wherever that is, as localhost. */
function pgpassPlaces({ host, port }: PostgresHost): readonly string[] {
  const names = isSocketDirectory(host) ? [host, "localhost"] : [host];
  return names.map((name) => `${pgpassField(name)}:${port}`);
}

/** A password file: the password for this user on every host of the target, whatever the database. */
export function pgpassFile({ login, url }: PostgresDetails): string {
  const places = url?.hosts.flatMap(pgpassPlaces) ?? ["*:*"];
  const user = pgpassField(login.username);
  return places
    .map((place) => `${place}:*:${user}:${login.password.replace(/[\\:]/g, String.raw`\$&`)}\n`)
    .join("");
}

/**
 * libpq's service file has no quoting: a value is what stands between `=` and the end of the line, without
 * the white space at its end. A password that ends with some is left to the password file.
 */
export function serviceFile(details: PostgresDetails): string {
  const { username, password } = details.login;
  // biome-ignore lint/suspicious/noControlCharactersInRegex: they are what is looked for.
  if (/[\]\u0000-\u001f]/.test(details.name)) {
    throw new PostgresFormatError(
      `The name ${JSON.stringify(details.name)} cannot be a service's in pg_service.conf. Use letters, digits and -.`,
    );
  }
  const lines = [`[${details.name}]`];
  for (const [name, value] of libpqParameters(details)) {
    if (/\s$/.test(value)) {
      throw new PostgresFormatError(
        `The parameter ${name} of the PostgreSQL URL of ${details.name} ends with white space, which pg_service.conf ` +
          "cannot hold. Remove it.",
      );
    }
    lines.push(`${name}=${value}`);
  }
  lines.push(`user=${username}`);
  if (password !== "" && !/\s$/.test(password)) lines.push(`password=${password}`);
  return `${lines.join("\n")}\n`;
}
