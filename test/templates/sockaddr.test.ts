import { describe, expect, test } from "vitest";
import type { RenderContext } from "../../src/templates/index.ts";
import { failureOf, render } from "./render.ts";

const UP = 0x1 | 0x2 | 0x40 | 0x1000;

/** A pod with an address of each family, one that is public, and a bridge. */
const NETWORK: NonNullable<RenderContext["network"]> = () => ({
  defaultInterface: "eth0",
  interfaces: [
    {
      index: 1,
      name: "lo",
      mtu: 65_536,
      hardwareAddress: "",
      flags: 0x1 | 0x8 | 0x40,
      addresses: ["127.0.0.1/8", "::1/128"],
    },
    {
      index: 2,
      name: "eth0",
      mtu: 1500,
      hardwareAddress: "02:42:0a:01:02:03",
      flags: UP,
      addresses: ["10.1.2.3/16", "8.8.4.4/24", "fd00::5/64", "fe80::42/64"],
    },
    { index: 3, name: "br1", mtu: 1500, hardwareAddress: "", flags: UP, addresses: ["192.168.7.1/31"] },
  ],
});

async function ask(pipeline: string): Promise<string> {
  return (await render(`{{ sockaddr ${JSON.stringify(pipeline)} }}`, { network: NETWORK })).output;
}

describe("sockaddr", () => {
  test.each([
    ["GetPrivateIP", "10.1.2.3"],
    ["GetPublicIP", "8.8.4.4"],
    ["GetPrivateIPs", "10.1.2.3 192.168.7.1 fd00::5"],
    ["GetPublicIPs", "8.8.4.4"],
    ['GetInterfaceIP "br1"', "192.168.7.1"],
    ['GetInterfaceIP "lo"', ""],
    ['GetInterfaceIPs "^(lo|br.)$"', "127.0.0.1 192.168.7.1 ::1"],
    ['GetDefaultInterfaces | join "address" ","', "10.1.2.3,8.8.4.4,fd00::5,fe80::42"],
    ['GetPrivateInterfaces | join "string" ","', "10.1.2.3/16,fd00::5/64,192.168.7.1/31"],
    ['GetPublicInterfaces | attr "string"', "8.8.4.4/24"],
    ['GetAllInterfaces | include "name" "lo" | limit 1', "[127.0.0.1/8 {1 65536 lo  up|loopback|running}]"],
    ['GetAllInterfaces | include "type" "ipv6" | join "string" " "', "::1 fd00::5/64 fe80::42/64"],
    [
      'GetAllInterfaces | exclude "type" "ipv6" | exclude "name" "^lo$" | sort "-name,address" | join "host" " "',
      "8.8.4.4 10.1.2.3 192.168.7.1",
    ],
    ['GetAllInterfaces | include "rfc" "1918|4193" | join "address" " "', "10.1.2.3 192.168.7.1 fd00::5"],
    ['GetAllInterfaces | include "network" "10.0.0.0/8|fe80::/10" | join "address" " "', "10.1.2.3 fe80::42"],
    ['GetAllInterfaces | include "type" "ipv4" | include "size" "16" | attr "network"', "10.1.0.0"],
    ['GetAllInterfaces | include "flags" "loopback" | join "address" " "', "127.0.0.1 ::1"],
    ['GetAllInterfaces | include "flag" "link-local unicast" | attr "address"', "fe80::42"],
    [
      'GetAllInterfaces | include "flag" "global unicast" | join "address" " "',
      "10.1.2.3 8.8.4.4 fd00::5 192.168.7.1",
    ],
    ['GetAllInterfaces | limit 0 | unique "type" | join "name" " "', ""],
    ['GetAllInterfaces | exclude "flag" "forwardable" | unique "name" | join "name" " "', "lo eth0"],
    ['GetAllInterfaces | offset -1 | attr "name"', "br1"],
    ['GetAllInterfaces | include "address" "^10" | math "network" "+1" | attr "address"', "10.1.0.1"],
    ['GetAllInterfaces | include "address" "^10" | math "network" "-2" | attr "address"', "10.1.255.254"],
    ['GetAllInterfaces | include "address" "^10" | math "network" "+65537" | attr "address"', "10.1.0.1"],
    ['GetAllInterfaces | include "address" "^10" | math "address" "-4" | attr "string"', "10.1.1.255/16"],
    ['GetAllInterfaces | include "address" "^10" | math "mask" "8" | attr "string"', "10.0.0.0/8"],
    [
      'GetAllInterfaces | include "address" "^fd" | math "network" "-1" | attr "address"',
      "fd00::ffff:ffff:ffff:ffff",
    ],
    ['len (GetAllInterfaces | include "name" "eth0")', "4"],
    [
      'range . }}{{ .Name }}/{{ .Attr "type" }} {{ end',
      "lo/IPv4 lo/IPv6 eth0/IPv4 eth0/IPv4 eth0/IPv6 eth0/IPv6 br1/IPv4 ",
    ],
  ])("%s is %s", async (pipeline, expected) => {
    expect(await ask(pipeline)).toBe(expected);
  });

  test.each([
    ["first_usable", "10.1.0.1"],
    ["last_usable", "10.1.255.254"],
    ["broadcast", "10.1.255.255"],
    ["netmask", "255.255.0.0"],
    ["mask_bits", "16"],
    ["size", "65536"],
    ["octets", "10 1 2 3"],
    ["hex", "0a010203"],
    ["binary", "00001010000000010000001000000011"],
    ["uint32", "167838211"],
    ["port", "0"],
    ["type", "IPv4"],
    ["NAME", "eth0"],
    ["flags", "up|broadcast|multicast|running"],
  ])("the attribute %s of an address is %s", async (attribute, expected) => {
    expect(await ask(`GetAllInterfaces | include "address" "^10" | attr "${attribute}"`)).toBe(expected);
  });

  test("takes its pipeline in pieces", async () => {
    const { output } = await render('{{ sockaddr "GetInterfaceIP" "`br1`" }}', { network: NETWORK });
    expect(output).toBe("192.168.7.1");
  });

  test("without a default route there is no default interface, and addresses still", async () => {
    const network = () => ({ ...NETWORK(), defaultInterface: undefined });
    expect((await render('{{ sockaddr "GetPrivateIP" }}', { network })).output).toBe("10.1.2.3");
    const { message } = await failureOf('{{ sockaddr "GetDefaultInterfaces" }}', { network });
    expect(message).toContain("no default interface found");
  });

  test.each([
    ["GetEverything", "function GetEverything is not defined"],
    ['toUpper "a"', "function toUpper is not defined"],
    ["", "expected"],
    ['GetAllInterfaces | sort "luck"', "unknown sort type"],
    ['GetAllInterfaces | include "luck" "x"', "invalid selector"],
    ['GetAllInterfaces | include "flag" "luck"', "unknown interface flag"],
    ['GetAllInterfaces | include "rfc" "1"', "unsupported RFC 1"],
    ['GetAllInterfaces | limit 0 | include "rfc" "1"', "unsupported RFC 1"],
    ['GetAllInterfaces | include "name" "("', "error parsing regexp"],
    ['GetAllInterfaces | include "size" "64"', "out of bounds for IPv4"],
    ["GetAllInterfaces | offset 99", "past the end"],
    ['GetAllInterfaces | math "network" "1"', "sign (+/-) is required"],
    ['GetAllInterfaces | attr "luck"', 'unsupported attribute name "luck"'],
    ['"x" | attr "name"', "expected addresses"],
  ])("%s fails and says why", async (pipeline, why) => {
    const { message } = await failureOf(`{{ sockaddr ${JSON.stringify(pipeline)} }}`, { network: NETWORK });
    expect(message).toContain(why);
  });

  test("sees this host's own network when the context tells of none", async () => {
    const text =
      '{{ sockaddr "GetAllInterfaces | include `name` `^lo$` | include `type` `ipv4` | attr `string`" }}';
    expect((await render(text)).output).toBe("127.0.0.1/8");
  });
});
