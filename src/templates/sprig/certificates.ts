import type { KeyObject } from "node:crypto";
import { fromBytes, isAscii, toBytes } from "../bytes.ts";
import type { Issuer, KeyKind } from "../cryptography/index.ts";
import { FunctionError } from "../errors.ts";
import { printed } from "../format/print.ts";
import type { Arguments } from "../functions/arguments.ts";
import { decodeBase64 } from "../functions/digests.ts";
import { define, type Library, library } from "../functions/function-spec.ts";
import type { Meter } from "../limits.ts";
import { parseIpAddress } from "../network/ip-address.ts";
import { ANY_LIST, Struct, type Value } from "../values/value.ts";

type Cryptography = typeof import("../cryptography/index.ts");

/** Steps that a key counts for: a rendering makes twenty of the small ones, four of the large: seconds at most. */
const KEY_STEPS: Readonly<Record<KeyKind, number>> = {
  rsa2048: 50_000,
  rsa4096: 250_000,
  dsa: 250_000,
  ecdsa: 2_000,
  ed25519: 2_000,
};
const KINDS: ReadonlyMap<string, KeyKind> = new Map([
  ["", "rsa4096"],
  ["rsa", "rsa4096"],
  ["dsa", "dsa"],
  ["ecdsa", "ecdsa"],
  ["ed25519", "ed25519"],
]);

const CERTIFICATE = "sprig.certificate";
const SERIAL_BYTES = 16;
const NANOSECONDS_A_DAY = 86_400_000_000_000n;

/** A certificate and its private key, as PEM. */
const pairOf = (certificate: string, key: string): Struct =>
  new Struct(
    CERTIFICATE,
    new Map([
      ["Cert", certificate],
      ["Key", key],
    ]),
    false,
  );

function textOf(pair: Value, field: "Cert" | "Key"): string {
  const text = pair instanceof Struct ? pair.fields.get(field) : undefined;
  return typeof text === "string" ? text : "";
}

/** The end of a validity; Go's durations of 64 bits wrap around. */
function daysAfter(start: Date, days: bigint): Date {
  const nanoseconds = BigInt.asIntN(64, days * NANOSECONDS_A_DAY);
  return new Date(start.getTime() + Number(nanoseconds / 1_000_000n));
}

function addresses(items: readonly Value[], meter: Meter): Uint8Array[] {
  return items.map((item) => {
    const address = typeof item === "string" ? parseIpAddress(item) : undefined;
    if (!address) throw new FunctionError(`error parsing ip: ${printed(item, meter)}`);
    return address;
  });
}

function dnsNames(items: readonly Value[]): string[] {
  return items.map((item) => {
    if (typeof item !== "string") throw new FunctionError("an alternate DNS name is not a string");
    if (!isAscii(item)) throw new FunctionError("an alternate DNS name is not ASCII; write it in Punycode");
    return item;
  });
}

/** Which certificate a function makes; positions are those of its arguments. */
interface Form {
  readonly isAuthority?: boolean;
  /** Lists of addresses and DNS names stand before the days. */
  readonly hasNames?: boolean;
  /** The authority that signs, behind the days; without: it signs itself. */
  readonly hasIssuer?: boolean;
  /** The private key, the last argument; without: a new one of RSA. */
  readonly hasKey?: boolean;
}

function parametersOf({ hasNames, hasIssuer, hasKey }: Form): string[] {
  return [
    "string",
    ...(hasNames ? [ANY_LIST, ANY_LIST] : []),
    "int",
    ...(hasIssuer ? [CERTIFICATE] : []),
    ...(hasKey ? ["string"] : []),
  ];
}

function newKey({ generateKey }: Cryptography, args: Arguments, kind: KeyKind): KeyObject {
  args.run.meter.step(KEY_STEPS[kind]);
  return generateKey(kind);
}

function givenKey({ decodePrivateKey }: Cryptography, pem: string): KeyObject {
  const key = decodePrivateKey(pem);
  if (key === "dsa") throw new FunctionError("a DSA key signs no certificates; use RSA, ECDSA or Ed25519");
  return key;
}

function certificate(cryptography: Cryptography, args: Arguments, form: Form): Struct {
  const commonName = args.string(0);
  if (toBytes(fromBytes(commonName)) !== commonName) throw new FunctionError("the common name is not UTF-8");
  const daysAt = form.hasNames ? 3 : 1;
  const key = form.hasKey
    ? givenKey(cryptography, args.string(args.count - 1))
    : newKey(cryptography, args, "rsa2048");
  const notBefore = args.run.context.now();
  const request = {
    commonName,
    addresses: form.hasNames ? addresses(args.list(1).items, args.run.meter) : [],
    dnsNames: form.hasNames ? dnsNames(args.list(2).items) : [],
    notBefore,
    notAfter: daysAfter(notBefore, args.integer(daysAt)),
    isAuthority: form.isAuthority ?? false,
    key,
    serial: args.run.context.randomBytes(SERIAL_BYTES),
  };
  const issuer = form.hasIssuer
    ? issuerOf(cryptography, args.any(daysAt + 1))
    : { key, name: cryptography.encodeName(commonName), keyIdentifier: undefined };
  return pairOf(cryptography.issueCertificate(request, issuer), cryptography.encodePrivateKey(key));
}

function issuerOf(cryptography: Cryptography, authority: Value): Issuer {
  return cryptography.issuerOf(textOf(authority, "Cert"), givenKey(cryptography, textOf(authority, "Key")));
}

/** A certificate and key that were made elsewhere, both base64 of PEM. */
function custom({ checkCertificate, decodePrivateKey }: Cryptography, args: Arguments): Struct {
  const pem = decodeBase64(args.string(0), "standard");
  const key = decodeBase64(args.string(1), "standard");
  checkCertificate(pem);
  decodePrivateKey(key);
  return pairOf(pem, key);
}

/** Sprig's functions that make private keys and certificates. */
export function sprigCertificates(cryptography: Cryptography): Library {
  const making = (form: Form) =>
    define(parametersOf(form), (args) => args.run.attempt(() => certificate(cryptography, args, form)));
  return library({
    sprig_genPrivateKey: define(["string"], (args) => {
      const kind = KINDS.get(args.string(0));
      return kind
        ? cryptography.encodePrivateKey(newKey(cryptography, args, kind))
        : `Unknown type ${args.string(0)}`;
    }),
    sprig_genCA: making({ isAuthority: true }),
    sprig_genCAWithKey: making({ isAuthority: true, hasKey: true }),
    sprig_genSelfSignedCert: making({ hasNames: true }),
    sprig_genSelfSignedCertWithKey: making({ hasNames: true, hasKey: true }),
    sprig_genSignedCert: making({ hasNames: true, hasIssuer: true }),
    sprig_genSignedCertWithKey: making({ hasNames: true, hasIssuer: true, hasKey: true }),
    sprig_buildCustomCert: define(["string", "string"], (args) =>
      args.run.attempt(() => custom(cryptography, args)),
    ),
  });
}
