/**
 * JSON in ASCII, with escapes for all that is not: as many bytes as characters, so its length is known, and it goes
 * out without conversion.
 */
export function asciiJson(json: string): string {
  return json.replace(/[^\0-\x7f]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`);
}
