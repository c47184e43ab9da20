/** One of the host's network interfaces. */
export interface NetworkInterface {
  readonly index: number;
  readonly name: string;
  readonly mtu: number;
  /** As six pairs of hexadecimal digits; `""`: it has none. */
  readonly hardwareAddress: string;
  /** Linux's `IFF_…` bits. */
  readonly flags: number;
  /** With prefix lengths, e.g. `10.1.2.3/24`; those of IPv4 first. */
  readonly addresses: readonly string[];
}

/** What templates can learn of the network: that of the pod, in a pod. */
export interface HostNetwork {
  readonly interfaces: readonly NetworkInterface[];
  /** The interface that the default route goes through; undefined: there is none. */
  readonly defaultInterface: string | undefined;
}

export const FLAG = {
  up: 0x1,
  broadcast: 0x2,
  loopback: 0x8,
  pointToPoint: 0x10,
  running: 0x40,
  multicast: 0x1000,
} as const;

const FLAG_NAMES = [
  ["up", FLAG.up],
  ["broadcast", FLAG.broadcast],
  ["loopback", FLAG.loopback],
  ["pointtopoint", FLAG.pointToPoint],
  ["multicast", FLAG.multicast],
  ["running", FLAG.running],
] as const;

/** Flags as Go shows them, e.g. `up|broadcast`. */
export function flagsText(flags: number): string {
  const names = FLAG_NAMES.filter(([, bit]) => (flags & bit) !== 0).map(([name]) => name);
  return names.length === 0 ? "0" : names.join("|");
}

const fs = (): typeof import("node:fs") => process.getBuiltinModule("node:fs");

/** The number in one of an interface's files, whichever base it is in; undefined: it cannot be read. */
function attribute(name: string, file: string): number | undefined {
  try {
    return Number(fs().readFileSync(`/sys/class/net/${name}/${file}`, "utf8"));
  } catch {
    return undefined;
  }
}

/** The interface of the first default route in Linux's table. */
function defaultInterface(): string | undefined {
  try {
    const routes = fs().readFileSync("/proc/net/route", "latin1").split("\n").slice(1);
    const fields = routes.map((route) => route.split("\t"));
    const isGateway = (flags: string | undefined): boolean => (Number.parseInt(flags ?? "", 16) & 2) !== 0;
    return fields.find(([, destination, , flags]) => destination === "00000000" && isGateway(flags))?.[0];
  } catch {
    return undefined;
  }
}

/** This host's network. Interfaces that are down or without an address are left out. */
export function readHostNetwork(): HostNetwork {
  const interfaces = Object.entries(process.getBuiltinModule("node:os").networkInterfaces());
  return {
    interfaces: interfaces
      .map(([name, addresses = []]): NetworkInterface => {
        const isLoopback = addresses[0]?.internal ?? false;
        const usual = isLoopback ? FLAG.up | FLAG.loopback : FLAG.up | FLAG.broadcast | FLAG.multicast;
        const mac = addresses[0]?.mac ?? "";
        return {
          index: attribute(name, "ifindex") ?? 0,
          name,
          mtu: attribute(name, "mtu") ?? 0,
          hardwareAddress: /[1-9a-f]/.test(mac) ? mac : "",
          // Linux does not keep "running" with the others, and Node lists no interface without it.
          flags: (attribute(name, "flags") ?? usual) | FLAG.running,
          addresses: addresses.map(({ cidr, address }) => cidr ?? address),
        };
      })
      .sort((a, b) => a.index - b.index),
    defaultInterface: defaultInterface(),
  };
}
