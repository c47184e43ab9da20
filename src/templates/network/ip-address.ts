const IPV4 = /^(?:(?:0|[1-9]\d{0,2})\.){3}(?:0|[1-9]\d{0,2})$/;
const MAPPED_PREFIX = "00000000000000000000ffff";

/** Reads four decimal numbers; undefined: they are not. */
export function parseIpv4(text: string): Uint8Array | undefined {
  if (!IPV4.test(text)) return undefined;
  const octets = text.split(".").map(Number);
  return octets.some((octet) => octet > 255) ? undefined : Uint8Array.from(octets);
}

/** Groups of 16 bits as hexadecimal; a dotted end counts for two. undefined: something else stands there */
function groupsOf(text: string): string | undefined {
  if (text === "") return "";
  const parts = text.split(":");
  const last = parts.at(-1) ?? "";
  let hex = "";
  for (const part of last.includes(".") ? parts.slice(0, -1) : parts) {
    if (!/^[\da-f]{1,4}$/i.test(part)) return undefined;
    hex += part.padStart(4, "0");
  }
  if (!last.includes(".")) return hex;
  const dotted = parseIpv4(last);
  return dotted && hex + Buffer.from(dotted).toString("hex");
}

/** Reads an IPv6 address without a zone as 16 bytes; undefined: it is none. */
export function parseIpv6(text: string): Uint8Array | undefined {
  const halves = text.split("::");
  if (halves.length > 2) return undefined;
  const [head, tail] = halves.map(groupsOf);
  if (head === undefined || (halves.length === 2 && tail === undefined)) return undefined;
  if (halves.length === 1) return head.length === 32 ? Buffer.from(head, "hex") : undefined;
  const zeros = 32 - head.length - (tail ?? "").length;
  if (zeros < 4) return undefined;
  return Buffer.from(head + "0".repeat(zeros) + (tail ?? ""), "hex");
}

/**
 * Reads an IP address, without a zone: 4 bytes, or 16; undefined: it is none. As in Go, an IPv4 address in the
 * clothes of IPv6 (`::ffff:1.2.3.4`) is one of IPv4.
 */
export function parseIpAddress(text: string): Uint8Array | undefined {
  if (!text.includes(":")) return parseIpv4(text);
  const bytes = parseIpv6(text);
  const isMapped = bytes && Buffer.from(bytes.subarray(0, 12)).toString("hex") === MAPPED_PREFIX;
  return isMapped ? bytes.subarray(12) : bytes;
}
