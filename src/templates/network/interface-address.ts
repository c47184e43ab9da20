import { FLAG, flagsText, type HostNetwork, type NetworkInterface } from "./host-network.ts";
import {
  addressText,
  firstAddress,
  type IpNetwork,
  lastAddress,
  networkText,
  octetsOf,
  parseIpNetwork,
  prefixLengthOf,
  WIDTH,
} from "./ip-network.ts";

/** One address of an interface, go-sockaddr's `IfAddr`. */
export interface InterfaceAddress {
  readonly interface: NetworkInterface;
  readonly ip: IpNetwork;
}

/** All addresses of all interfaces. */
export function allAddresses({ interfaces }: HostNetwork): InterfaceAddress[] {
  return interfaces.flatMap((owner) =>
    owner.addresses.flatMap((text) => {
      const ip = parseIpNetwork(text);
      return ip ? [{ interface: owner, ip }] : [];
    }),
  );
}

/** Without its network. */
export const hostText = ({ ip }: InterfaceAddress): string => addressText(ip.family, ip.address);

/** As Go prints it. */
export function interfaceAddressText({ ip, interface: owner }: InterfaceAddress): string {
  const { index, mtu, name, hardwareAddress, flags } = owner;
  return `${networkText(ip)} {${index} ${mtu} ${name} ${hardwareAddress} ${flagsText(flags)}}`;
}

/** The first and last address that hosts can have: an IPv4 network keeps its own and broadcast's to itself. */
function usable({ ip }: InterfaceAddress, which: "first" | "last"): string {
  const reserved = ip.family === "IPv4" && prefixLengthOf(ip) < 31 ? 1n : 0n;
  const address = which === "first" ? firstAddress(ip) + reserved : lastAddress(ip) - reserved;
  return addressText(ip.family, address);
}

type Attribute = (address: InterfaceAddress) => string;

const COMMON: Readonly<Record<string, Attribute>> = {
  address: hostText,
  binary: ({ ip }) => ip.address.toString(2).padStart(WIDTH[ip.family], "0"),
  first_usable: (address) => usable(address, "first"),
  flags: ({ interface: { flags } }) => flagsText(flags),
  hex: ({ ip }) => ip.address.toString(16).padStart(WIDTH[ip.family] / 4, "0"),
  host: hostText,
  last_usable: (address) => usable(address, "last"),
  mask_bits: ({ ip }) => String(prefixLengthOf(ip)),
  name: ({ interface: { name } }) => name,
  netmask: ({ ip }) => addressText(ip.family, ip.mask),
  network: ({ ip }) => addressText(ip.family, firstAddress(ip)),
  octets: ({ ip }) => octetsOf(ip.family, ip.address).join(" "),
  port: () => "0",
  size: ({ ip }) => String(1n << BigInt(WIDTH[ip.family] - prefixLengthOf(ip))),
  string: ({ ip }) => networkText(ip),
  type: ({ ip }) => ip.family,
};

const OF_FAMILY: Readonly<Record<IpNetwork["family"], Readonly<Record<string, Attribute>>>> = {
  IPv4: {
    broadcast: ({ ip }) => addressText(ip.family, lastAddress(ip)),
    uint32: ({ ip }) => String(ip.address),
  },
  IPv6: { uint128: ({ ip }) => String(ip.address) },
};

/** One attribute of an address, by its name in any case. @throws Error when addresses of its kind have no such */
export function attributeOf(address: InterfaceAddress, name: string): string {
  const key = name.toLowerCase();
  for (const attributes of [COMMON, OF_FAMILY[address.ip.family]]) {
    const attribute = Object.hasOwn(attributes, key) ? attributes[key] : undefined;
    if (attribute) return attribute(address);
  }
  throw new Error(`unsupported attribute name "${key}"`);
}

/** Whether an interface has all of some flags. */
export const hasFlags = ({ interface: { flags } }: InterfaceAddress, wanted: number): boolean =>
  (flags & wanted) === wanted;

export const isUp = (address: InterfaceAddress): boolean => hasFlags(address, FLAG.up);
