import { inBlocksOf } from "./blocks.ts";
import { attributeOf, type InterfaceAddress } from "./interface-address.ts";

/** -1: the first before the second, 1: behind it, 0: this rule does not say. */
type Compare = (a: InterfaceAddress, b: InterfaceAddress) => number;

const compare = <Key extends string | bigint | number>(a: Key, b: Key): number =>
  a < b ? -1 : a > b ? 1 : 0;

function rules(defaultInterface: string | undefined): Readonly<Record<string, Compare>> {
  // RFC 6890 counts what is private.
  const isInPrivateBlock = inBlocksOf("6890");
  const isPrivate = ({ ip }: InterfaceAddress): boolean => isInPrivateBlock(ip);
  const isDefault = ({ interface: { name } }: InterfaceAddress): boolean => name === defaultInterface;
  return {
    address: ({ ip: a }, { ip: b }) => (a.family === b.family ? compare(a.address, b.address) : 0),
    default: (a, b) => compare(Number(isDefault(b)), Number(isDefault(a))),
    name: (a, b) => compare(a.interface.name, b.interface.name),
    port: () => 0,
    private: (a, b) => {
      if (a.ip.family !== b.ip.family) return isPrivate(a) ? -1 : 0;
      return compare(Number(isPrivate(b)), Number(isPrivate(a)));
    },
    // A larger network has a smaller mask.
    size: ({ ip: a }, { ip: b }) => (a.family === b.family ? compare(a.mask, b.mask) : 0),
    type: ({ ip: a }, { ip: b }) => compare(a.family, b.family),
  };
}

/**
 * Sorts by rules such as `default,-type,+size`, each deciding where those before did not.
 * @throws Error when there is no such rule
 */
export function sortAddresses(
  addresses: readonly InterfaceAddress[],
  order: string,
  defaultInterface: string | undefined,
): InterfaceAddress[] {
  const known = rules(defaultInterface);
  const compares = order.split(",").map((clause): Compare => {
    const [, sign = "", name = ""] = /^([+-]?)(.*)$/s.exec(clause.trim().toLowerCase()) ?? [];
    const rule = Object.hasOwn(known, name) ? known[name] : undefined;
    if (!rule) throw new Error(`unknown sort type: "${clause}"`);
    return sign === "-" ? (a, b) => -rule(a, b) : rule;
  });
  const isBefore = (a: InterfaceAddress, b: InterfaceAddress): boolean => {
    for (const rule of compares) {
      const order = rule(a, b);
      if (order !== 0) return order < 0;
    }
    return false;
  };
  return insertionSort(addresses, isBefore);
}

/** As Go sorts so few: the rules do not order addresses of both families, so the way matters. */
function insertionSort(
  addresses: readonly InterfaceAddress[],
  isBefore: (a: InterfaceAddress, b: InterfaceAddress) => boolean,
): InterfaceAddress[] {
  const sorted: InterfaceAddress[] = [];
  for (const address of addresses) {
    let at = sorted.length;
    for (let before = sorted[at - 1]; before && isBefore(address, before); before = sorted[at - 1]) at--;
    sorted.splice(at, 0, address);
  }
  return sorted;
}

/** Leaves out those whose address or name is that of the one before. @throws Error for another attribute */
export function uniqueAddresses(
  addresses: readonly InterfaceAddress[],
  attribute: string,
): InterfaceAddress[] {
  const key = attribute.toLowerCase();
  const isKnown = key === "address" || key === "name";
  if (!isKnown && addresses.length > 0) throw new Error(`unsupported unique constraint "${attribute}"`);
  // With its network, other than what the attribute "address" shows.
  const of = (address: InterfaceAddress): string => attributeOf(address, key === "address" ? "string" : key);
  return addresses.filter((address, index) => {
    const before = addresses[index - 1];
    return !before || of(before) !== of(address);
  });
}
