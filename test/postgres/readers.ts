/**
 * Readers of the formats, written from their documentation: what a client makes of the files.
 */

/** libpq's password file: fields of a line, `\` takes the next character as it is. */
export function readPgpass(text: string): readonly (readonly string[])[] {
  return text
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"))
    .map((line) => {
      const fields = [""];
      for (let index = 0; index < line.length; index++) {
        const character = line.charAt(index);
        const last = fields.length - 1;
        // The password is the rest of the line, colons and all, but escapes count in it too.
        if (character === ":" && fields.length < 5) fields.push("");
        else if (character === "\\" && index + 1 < line.length) fields[last] += line.charAt(++index);
        else fields[last] += character;
      }
      return fields;
    });
}

/** libpq's service file: one section; white space at the end of a line does not count. */
export function readServiceFile(text: string): {
  readonly name: string;
  readonly values: Map<string, string>;
} {
  const lines = text.split("\n").map((line) => line.replace(/[ \t\n\v\f\r]+$/, ""));
  const [section = "", ...rest] = lines.filter((line) => line !== "" && !line.startsWith("#"));
  const values = rest.map((line): [string, string] => {
    const equals = line.indexOf("=");
    if (equals < 1) throw new Error(`syntax error in service file: ${line}`);
    return [line.slice(0, equals), line.slice(equals + 1)];
  });
  return { name: section.slice(1, -1), values: new Map(values) };
}

/** java.util.Properties.load, for lines without continuation. */
export function readProperties(text: string): Map<string, string> {
  const plain = (escaped: string): string =>
    escaped.replace(/\\(u([0-9A-Fa-f]{4})|.)/g, (_all, character: string, hex: string | undefined) =>
      hex === undefined ? character : String.fromCharCode(Number.parseInt(hex, 16)),
    );
  const entries = text
    .split("\n")
    .filter((line) => line !== "")
    .map((line): [string, string] => {
      if (/[^\x20-\x7e]/.test(line)) throw new Error("not Latin-1 safe");
      const [, key = "", value = ""] = /^((?:[^\\=: ]|\\.)+) *[=:]? *((?:[^\\]|\\.)*)$/.exec(line) ?? [];
      return [plain(key), plain(value)];
    });
  return new Map(entries);
}

/** kubelet's reading of an env file for `fileKeyRef`: it stops at what it does not understand. */
export function readFileKeyRef(text: string, key: string): string | undefined {
  for (const line of text.split("\n").filter((each) => each !== "")) {
    const [, name, value, rest] = /^([^=\s]+)='([^']*)'(.*)$/.exec(line) ?? [];
    if (name === undefined || !/^\s*(#.*)?$/.test(rest ?? ""))
      throw new Error("invalid environment variable format");
    if (name === key) return value;
  }
  return undefined;
}
