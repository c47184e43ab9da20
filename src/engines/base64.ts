const BASE64 = /^(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/;

/** Text that was given as it is or as base64 of it: PEM holds characters that base64 has not. */
export function decodedIfBase64(text: string): string {
  // Go's decoder passes over line breaks; `base64` commands write them.
  const compact = text.replace(/[\r\n]/g, "");
  return BASE64.test(compact) ? Buffer.from(compact, "base64").toString("utf8") : text;
}
