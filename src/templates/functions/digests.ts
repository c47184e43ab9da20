import { FunctionError } from "../errors.ts";
import { platformCrypto } from "../platform-crypto.ts";
import { define, library } from "./function-spec.ts";

const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");

const ALPHABETS = { standard: /[A-Za-z\d+/]/, url: /[\w-]/ };

/** The byte at which base64 goes wrong, as Go tells it; undefined: it is right. */
function corruptByte(text: string, alphabet: RegExp): number | undefined {
  let inGroup = 0;
  for (let at = 0; at < text.length; at++) {
    const byte = text[at] ?? "";
    if (byte === "\n" || byte === "\r") continue;
    if (byte === "=") return corruptPadding(text, at, inGroup);
    if (!alphabet.test(byte)) return at;
    inGroup = (inGroup + 1) % 4;
  }
  return inGroup === 0 ? undefined : text.length - inGroup;
}

/** Checks from the first padding byte on. */
function corruptPadding(text: string, at: number, inGroup: number): number | undefined {
  if (inGroup < 2) return at;
  let next = behindBreaks(text, at + 1);
  if (inGroup === 2) {
    if (next === text.length) return next;
    if (text[next] !== "=") return next - 1;
    next = behindBreaks(text, next + 1);
  }
  return next < text.length ? next : undefined;
}

/** Where the line breaks that stand at a place end. */
function behindBreaks(text: string, from: number): number {
  let at = from;
  while (text[at] === "\n" || text[at] === "\r") at++;
  return at;
}

/** Decodes base64 as Go does: padded, line breaks ignored, nothing else beside the alphabet. */
export function decodeBase64(text: string, alphabet: "standard" | "url"): string {
  const corrupt = corruptByte(text, ALPHABETS[alphabet]);
  if (corrupt !== undefined) throw new FunctionError(`illegal base64 data at input byte ${corrupt}`);
  return Buffer.from(text, alphabet === "standard" ? "base64" : "base64url").toString("latin1");
}

/** Encodes bytes as padded base64. */
export function encodeBase64(text: string, alphabet: "standard" | "url"): string {
  const standard = bytesOf(text).toString("base64");
  return alphabet === "standard" ? standard : standard.replaceAll("+", "-").replaceAll("/", "_");
}

/** The digest of bytes in hexadecimal. */
export function digest(algorithm: "md5" | "sha1" | "sha256" | "sha512", text: string): string {
  return platformCrypto().createHash(algorithm).update(bytesOf(text)).digest("hex");
}

const one = (of: (text: string) => string) => define(["string"], (args) => of(args.string(0)));

/** consul-template's encodings and digests. */
export const DIGESTS = library({
  base64Decode: one((text) => decodeBase64(text, "standard")),
  base64Encode: one((text) => encodeBase64(text, "standard")),
  base64URLDecode: one((text) => decodeBase64(text, "url")),
  base64URLEncode: one((text) => encodeBase64(text, "url")),
  hmacSHA256Hex: define(["string", "string"], (args) =>
    platformCrypto()
      .createHmac("sha256", bytesOf(args.string(1)))
      .update(bytesOf(args.string(0)))
      .digest("hex"),
  ),
  md5sum: one((text) => digest("md5", text)),
  sha256Hex: one((text) => digest("sha256", text)),
});
