import { createHash, createHmac } from "node:crypto";
import { FunctionError } from "../errors.ts";
import { define, library } from "./function-spec.ts";

const bytesOf = (text: string): Buffer => Buffer.from(text, "latin1");

/** Decodes base64 as Go does: padded, line breaks ignored, nothing else beside the alphabet. */
export function decodeBase64(text: string, alphabet: "standard" | "url"): string {
  const compact = text.replace(/[\r\n]/g, "");
  const shape =
    alphabet === "standard"
      ? /^(?:[A-Za-z\d+/]{4})*(?:[A-Za-z\d+/]{2}==|[A-Za-z\d+/]{3}=)?$/
      : /^(?:[\w-]{4})*(?:[\w-]{2}==|[\w-]{3}=)?$/;
  if (!shape.test(compact)) throw new FunctionError(`the text is not base64 (${alphabet} alphabet, padded)`);
  return Buffer.from(compact, alphabet === "standard" ? "base64" : "base64url").toString("latin1");
}

/** Encodes bytes as padded base64. */
export function encodeBase64(text: string, alphabet: "standard" | "url"): string {
  const standard = bytesOf(text).toString("base64");
  return alphabet === "standard" ? standard : standard.replaceAll("+", "-").replaceAll("/", "_");
}

/** The digest of bytes in hexadecimal. */
export function digest(algorithm: "md5" | "sha1" | "sha256" | "sha512", text: string): string {
  return createHash(algorithm).update(bytesOf(text)).digest("hex");
}

const one = (of: (text: string) => string) => define(["string"], (args) => of(args.string(0)));

/** consul-template's encodings and digests. */
export const DIGESTS = library({
  base64Decode: one((text) => decodeBase64(text, "standard")),
  base64Encode: one((text) => encodeBase64(text, "standard")),
  base64URLDecode: one((text) => decodeBase64(text, "url")),
  base64URLEncode: one((text) => encodeBase64(text, "url")),
  hmacSHA256Hex: define(["string", "string"], (args) =>
    createHmac("sha256", bytesOf(args.string(1)))
      .update(bytesOf(args.string(0)))
      .digest("hex"),
  ),
  md5sum: one((text) => digest("md5", text)),
  sha256Hex: one((text) => digest("sha256", text)),
});
