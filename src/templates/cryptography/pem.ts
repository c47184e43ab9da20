/** One block of a PEM text. */
export interface PemBlock {
  /** What stands behind `BEGIN`, e.g. `CERTIFICATE`. */
  readonly type: string;
  readonly bytes: Buffer;
}

const BLOCK = /(?:^|\n)-----BEGIN ([^\n]*?)-----[ \t\r]*\n([^-]*)-----END \1-----/;
const LINE_LENGTH = 64;

/** The first block of a text; undefined: it has none. */
export function decodePem(text: string): PemBlock | undefined {
  const match = BLOCK.exec(text);
  if (!match) return undefined;
  const [, type = "", body = ""] = match;
  // Headers such as Proc-Type stand before an empty line.
  const base64 = body
    .split("\n")
    .filter((line) => !line.includes(":"))
    .join("")
    .replace(/\s/g, "");
  return { type, bytes: Buffer.from(base64, "base64") };
}

/** A block as text, in lines of 64 characters, with a line break at the end. */
export function encodePem({ type, bytes }: PemBlock): string {
  const base64 = bytes.toString("base64");
  const lines = base64.match(new RegExp(`.{1,${LINE_LENGTH}}`, "g")) ?? [];
  return [`-----BEGIN ${type}-----`, ...lines, `-----END ${type}-----`, ""].join("\n");
}
