import { parseIpv4, parseIpv6 } from "./ip-address.ts";

export type Family = "IPv4" | "IPv6";

/** Bits of an address. */
export const WIDTH: Readonly<Record<Family, number>> = { IPv4: 32, IPv6: 128 };

/** An address and the network it is in. */
export interface IpNetwork {
  readonly family: Family;
  readonly address: bigint;
  /** Ones, then zeros. */
  readonly mask: bigint;
}

const ones = (count: number): bigint => (1n << BigInt(count)) - 1n;

/** The mask of a prefix of that many bits. */
export function maskOf(family: Family, prefixLength: number): bigint {
  const width = WIDTH[family];
  return ones(width) ^ ones(width - prefixLength);
}

const toNumber = (bytes: Uint8Array): bigint => BigInt(`0x${Buffer.from(bytes).toString("hex")}`);

/** Reads an address with or without a prefix length, e.g. `10.0.0.0/8`; undefined: it is none. */
export function parseIpNetwork(text: string): IpNetwork | undefined {
  const [, host = "", prefix] = /^([^/]*)(?:\/(0|[1-9]\d{0,2}))?$/.exec(text) ?? [];
  const bare = host.replace(/^\[(.*)\]$/, "$1");
  const family: Family = host.includes(":") ? "IPv6" : "IPv4";
  const bytes = family === "IPv6" ? parseIpv6(bare) : parseIpv4(bare);
  const width = WIDTH[family];
  const prefixLength = prefix === undefined ? width : Number(prefix);
  if (!bytes || prefixLength > width) return undefined;
  return { family, address: toNumber(bytes), mask: maskOf(family, prefixLength) };
}

/** The other bits: those that tell the hosts of a network apart. */
const hostMask = ({ family, mask }: IpNetwork): bigint => ones(WIDTH[family]) ^ mask;

export const firstAddress = ({ address, mask }: IpNetwork): bigint => address & mask;
export const lastAddress = (network: IpNetwork): bigint => network.address | hostMask(network);

/** The length of the prefix. */
export const prefixLengthOf = ({ mask }: IpNetwork): number => mask.toString(2).replaceAll("0", "").length;

/** Whether the whole of another network is inside of one. */
export function contains(outer: IpNetwork, inner: IpNetwork): boolean {
  return (
    outer.family === inner.family &&
    firstAddress(outer) <= firstAddress(inner) &&
    lastAddress(outer) >= lastAddress(inner)
  );
}

/** The bytes of an address as numbers. */
export function octetsOf(family: Family, address: bigint): number[] {
  const hex = address.toString(16).padStart(WIDTH[family] / 4, "0");
  return [...Buffer.from(hex, "hex")];
}

/** The run of zero groups that an IPv6 address is shortened by: the first of the longest, of two at least. */
function longestZeros(groups: readonly string[]): { readonly start: number; readonly length: number } {
  let best = { start: -1, length: 1 };
  for (let start = 0; start < groups.length; start++) {
    let end = start;
    while (groups[end] === "0") end++;
    if (end - start > best.length) best = { start, length: end - start };
  }
  return best;
}

/** An address in its usual form (RFC 5952). */
export function addressText(family: Family, address: bigint): string {
  if (family === "IPv4") return octetsOf(family, address).join(".");
  const hex = address.toString(16).padStart(32, "0");
  const groups = (hex.match(/.{4}/g) ?? []).map((group) => Number.parseInt(group, 16).toString(16));
  const { start, length } = longestZeros(groups);
  if (start < 0) return groups.join(":");
  return `${groups.slice(0, start).join(":")}::${groups.slice(start + length).join(":")}`;
}

/** An address with its prefix length, which a single host goes without. */
export function networkText(network: IpNetwork): string {
  const text = addressText(network.family, network.address);
  const length = prefixLengthOf(network);
  return length === WIDTH[network.family] ? text : `${text}/${length}`;
}
