/** One block of a PEM text. */
export interface PemBlock {
  /** What stands behind `BEGIN`, e.g. `CERTIFICATE`. */
  readonly type: string;
  readonly bytes: Buffer;
}

const BEGIN = /^-----BEGIN (.*)-----[ \t\r]*$/;
const END = "-----END ";
/** Such as Proc-Type; base64 has no colons. */
const isHeader = (line: string): boolean => line.includes(":");
const LINE_LENGTH = 64;

/** The first block of a text; undefined: it has none. */
export function decodePem(text: string): PemBlock | undefined {
  let type: string | undefined;
  let body: string[] = [];
  for (const line of text.split("\n")) {
    if (type !== undefined && line.startsWith(`${END}${type}-----`)) {
      return { type, bytes: Buffer.from(body.join(""), "base64") };
    }
    const begun = BEGIN.exec(line)?.[1];
    if (begun !== undefined) {
      type = begun;
      body = [];
    } else if (!isHeader(line)) body.push(line);
  }
  return undefined;
}

/** A block as text, in lines of 64 characters, with a line break at the end. */
export function encodePem({ type, bytes }: PemBlock): string {
  const base64 = bytes.toString("base64");
  const lines = base64.match(new RegExp(`.{1,${LINE_LENGTH}}`, "g")) ?? [];
  return [`-----BEGIN ${type}-----`, ...lines, `-----END ${type}-----`, ""].join("\n");
}
