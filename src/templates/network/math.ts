import type { InterfaceAddress } from "./interface-address.ts";
import { firstAddress, type IpNetwork, lastAddress, maskOf, WIDTH } from "./ip-network.ts";

/** Digits that numbers for an address of each family can have: those of 33 and 64 bits. */
const INTEGER_BITS = { IPv4: 33, IPv6: 64 } as const;

function signed({ family }: IpNetwork, operation: string, value: string): bigint {
  if (!/^\s*[+-]/.test(value)) throw new Error(`sign (+/-) is required for operation "${operation}"`);
  const digits = /^([+-])(\d+)$/.exec(value);
  const number = digits ? BigInt(digits[2] ?? "") * (digits[1] === "-" ? -1n : 1n) : undefined;
  if (number === undefined || BigInt.asIntN(INTEGER_BITS[family], number) !== number) {
    throw new Error(`unable to convert "${value}" to int for operation "${operation}"`);
  }
  return number;
}

const wrapped = ({ family }: IpNetwork, address: bigint): bigint => BigInt.asUintN(WIDTH[family], address);

/** Counted from the start of the network, or with a minus from its end; what leaves the network wraps around. */
function inNetwork(ip: IpNetwork, offset: bigint): IpNetwork {
  const hosts = lastAddress(ip) - firstAddress(ip);
  return { ...ip, address: firstAddress(ip) + (offset & hosts) };
}

function masked(ip: IpNetwork, value: string): IpNetwork {
  const width = WIDTH[ip.family];
  const length = /^\d+$/.test(value) ? Number(value) : Number.NaN;
  if (!(length <= width)) {
    throw new Error(`parameter for operation "mask" must be between 0 and ${width}; got "${value}"`);
  }
  const mask = maskOf(ip.family, length);
  return { ...ip, address: ip.address & mask, mask: mask & ip.mask };
}

/**
 * Calculates with an address: `address` and `network` add a number with a sign, `mask` makes its network larger.
 * @throws Error when there is no such operation or it cannot take the value
 */
export function calculate(address: InterfaceAddress, operation: string, value: string): InterfaceAddress {
  const { ip } = address;
  switch (operation.toLowerCase()) {
    case "address":
      return {
        ...address,
        ip: { ...ip, address: wrapped(ip, ip.address + signed(ip, operation, value)) },
      };
    case "network":
      return { ...address, ip: inNetwork(ip, signed(ip, operation, value)) };
    case "mask":
      return { ...address, ip: masked(ip, value) };
    default:
      throw new Error(`unsupported math operation: "${operation}"`);
  }
}
