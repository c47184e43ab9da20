import { inBlocksOf, NOT_FORWARDABLE } from "./blocks.ts";
import { FLAG } from "./host-network.ts";
import { hasFlags, type InterfaceAddress } from "./interface-address.ts";
import { contains, networkText, octetsOf, parseIpNetwork, prefixLengthOf, WIDTH } from "./ip-network.ts";

/** Compiles a regular expression in Go's syntax into a test. @throws Error when it is none */
export type CompilePattern = (pattern: string) => (text: string) => boolean;

type Test = (address: InterfaceAddress) => boolean;

/** Addresses that a selector matches, and the others; with several values one can be in both. */
export interface Selection {
  readonly included: readonly InterfaceAddress[];
  readonly excluded: readonly InterfaceAddress[];
}

function partition(addresses: readonly InterfaceAddress[], test: Test): Selection {
  return {
    included: addresses.filter(test),
    excluded: addresses.filter((address) => !test(address)),
  };
}

/** One test after the other, the results put behind each other. */
function inTurn(addresses: readonly InterfaceAddress[], tests: readonly Test[]): Selection {
  const selections = tests.map((test) => partition(addresses, test));
  return {
    included: selections.flatMap(({ included }) => included),
    excluded: selections.flatMap(({ excluded }) => excluded),
  };
}

const INTERFACE_FLAGS: Readonly<Record<string, number>> = {
  broadcast: FLAG.broadcast,
  // go-sockaddr takes "up" back with it, which leaves nothing to ask for.
  down: 0,
  loopback: FLAG.loopback,
  multicast: FLAG.multicast,
  "point-to-point": FLAG.pointToPoint,
  up: FLAG.up,
};

const isIn = ({ ip }: InterfaceAddress, block: string): boolean => {
  const network = parseIpNetwork(block);
  return network !== undefined && contains(network, { ...ip, mask: (1n << BigInt(WIDTH[ip.family])) - 1n });
};

const isInAny = (address: InterfaceAddress, ...blocks: readonly string[]): boolean =>
  blocks.some((block) => isIn(address, block));

const isLoopback: Test = (address) => isInAny(address, "127.0.0.0/8", "::1");
const isMulticast: Test = (address) => isInAny(address, "224.0.0.0/4", "ff00::/8");
const isLinkLocal: Test = (address) => isInAny(address, "169.254.0.0/16", "fe80::/10");
const isUnspecified: Test = (address) => isInAny(address, "0.0.0.0", "::");

/** The second octet of a multicast address of IPv6 ends with its scope (RFC 4291). */
const hasScope = ({ ip }: InterfaceAddress, scope: number): boolean => {
  const [first, second = 0] = octetsOf(ip.family, ip.address);
  return ip.family === "IPv6" && first === 0xff && (second & 0x0f) === scope;
};

const ADDRESS_FLAGS: Readonly<Record<string, Test>> = {
  forwardable: ({ ip }) => !inBlocksOf(NOT_FORWARDABLE)(ip),
  "global unicast": (address) =>
    ![isUnspecified, isLoopback, isMulticast, isLinkLocal].some((test) => test(address)) &&
    !isIn(address, "255.255.255.255"),
  "interface-local multicast": (address) => hasScope(address, 1),
  "link-local multicast": (address) => hasScope(address, 2) || isIn(address, "224.0.0.0/24"),
  "link-local unicast": isLinkLocal,
  loopback: isLoopback,
  multicast: isMulticast,
  unspecified: isUnspecified,
};

/** Interfaces with all of the flags that are theirs, and addresses that have one that is theirs. */
function flagTest(value: string): Test {
  let wanted = 0;
  let asksInterface = false;
  const tests: Test[] = [];
  for (const name of value.toLowerCase().split("|")) {
    const bit = Object.hasOwn(INTERFACE_FLAGS, name) ? INTERFACE_FLAGS[name] : undefined;
    const test = Object.hasOwn(ADDRESS_FLAGS, name) ? ADDRESS_FLAGS[name] : undefined;
    if (bit === undefined && !test) throw new Error(`unknown interface flag "${name}"`);
    if (name === "down") wanted &= ~FLAG.up;
    wanted |= bit ?? 0;
    asksInterface ||= bit !== undefined;
    if (test) tests.push(test);
  }
  return (address) => (asksInterface && hasFlags(address, wanted)) || tests.some((test) => test(address));
}

function sizeTest(value: string): Test {
  if (!/^\d+$/.test(value)) throw new Error(`invalid size "${value}"; expected the bits of a mask`);
  const bits = Number(value);
  return ({ ip }) => {
    if (bits > WIDTH[ip.family]) throw new Error(`mask size out of bounds for ${ip.family} address: ${bits}`);
    return prefixLengthOf(ip) === bits;
  };
}

function typeTests(value: string): Test[] {
  return value
    .toLowerCase()
    .split("|")
    .map((type): Test => {
      if (type === "unix") return () => false;
      if (type === "ip") return () => true;
      if (type !== "ipv4" && type !== "ipv6") throw new Error(`unsupported type "${type}"`);
      return ({ ip }) => ip.family.toLowerCase() === type;
    });
}

/** Each address with each type in turn, as go-sockaddr goes through them. */
function byType(addresses: readonly InterfaceAddress[], value: string): Selection {
  const tests = typeTests(value);
  return {
    included: addresses.flatMap((address) => tests.filter((test) => test(address)).map(() => address)),
    excluded: addresses.flatMap((address) => tests.filter((test) => !test(address)).map(() => address)),
  };
}

function rfcTest(value: string): Test {
  const rfc = /^\d+$/.test(value) ? value.replace(/^0+(?=.)/, "") : "";
  if (rfc === "") throw new Error(`unable to parse RFC number "${value}"`);
  const isInBlocks = inBlocksOf(rfc);
  return ({ ip }) => isInBlocks(ip);
}

function networkTest(value: string): Test {
  const network = parseIpNetwork(value);
  if (!network) throw new Error(`unable to create an IP address from "${value}"`);
  return ({ ip }) => contains(network, ip);
}

/**
 * Addresses by a selector (`name`, `type`, `rfc`, …) and its value.
 * @throws Error when there is no such selector or it cannot take the value
 */
export function select(
  addresses: readonly InterfaceAddress[],
  selector: string,
  value: string,
  compile: CompilePattern,
): Selection {
  switch (selector.toLowerCase()) {
    case "address": {
      const matches = compile(value);
      return partition(addresses, ({ ip }) => matches(networkText(ip)));
    }
    case "flag":
    case "flags":
      return partition(addresses, flagTest(value));
    case "name": {
      const matches = compile(value);
      return partition(addresses, ({ interface: { name } }) => matches(name));
    }
    case "network":
      return inTurn(addresses, value.split("|").map(networkTest));
    case "port": {
      const matches = compile(value);
      return partition(addresses, () => matches("0"));
    }
    case "rfc":
    case "rfcs":
      return inTurn(addresses, value.split("|").map(rfcTest));
    case "size":
      return partition(addresses, sizeTest(value));
    case "type":
      return byType(addresses, value);
    default:
      throw new Error(`invalid selector "${selector}"`);
  }
}

/** Whether routers forward packets to and from an address. */
export const isForwardable = (address: InterfaceAddress): boolean =>
  ADDRESS_FLAGS["forwardable"]?.(address) ?? false;
