import type { KeyObject } from "node:crypto";
import { platformCrypto } from "../platform-crypto.ts";
import {
  bitString,
  contextTag,
  element,
  objectIdentifier,
  readElements,
  sequence,
  TAG,
  unsignedInteger,
} from "./der.ts";
import { decodePem, encodePem } from "./pem.ts";

/** What a certificate shall say. All texts are bytes. */
export interface CertificateRequest {
  readonly commonName: string;
  /** 4 or 16 bytes each. */
  readonly addresses: readonly Uint8Array[];
  readonly dnsNames: readonly string[];
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly isAuthority: boolean;
  /** Whose it is; its public half goes into the certificate. */
  readonly key: KeyObject;
  /** 16 random bytes. */
  readonly serial: Uint8Array;
}

/** Who signs a certificate. */
export interface Issuer {
  readonly key: KeyObject;
  /** Its name, encoded. */
  readonly name: Buffer;
  /** What its certificate says is its key's identifier. */
  readonly keyIdentifier: Buffer | undefined;
}

const OID = {
  commonName: "2.5.4.3",
  subjectKeyIdentifier: "2.5.29.14",
  keyUsage: "2.5.29.15",
  subjectAlternativeName: "2.5.29.17",
  basicConstraints: "2.5.29.19",
  authorityKeyIdentifier: "2.5.29.35",
  extendedKeyUsage: "2.5.29.37",
  serverAuthentication: "1.3.6.1.5.5.7.3.1",
  clientAuthentication: "1.3.6.1.5.5.7.3.2",
} as const;

const TRUE = element(TAG.boolean, Buffer.from([0xff]));
const NULL = Buffer.from([0x05, 0x00]);
/** RFC 5280: digital signature, key encipherment, and for authorities signing certificates. */
const KEY_USAGE = { leaf: bitString(Buffer.from([0xa0]), 5), authority: bitString(Buffer.from([0xa4]), 2) };
const KEY_IDENTIFIER_BYTES = 20;
const DNS_NAME = contextTag(2, false);
const IP_ADDRESS = contextTag(7, false);
/** Smaller ones are not safe, and Go neither makes nor uses them. */
const LEAST_RSA_BITS = 1024;

interface SignatureAlgorithm {
  readonly hash: string | null;
  readonly identifier: Buffer;
}

const ECDSA: Readonly<Record<string, readonly [hash: string, oid: string]>> = {
  secp224r1: ["sha256", "1.2.840.10045.4.3.2"],
  prime256v1: ["sha256", "1.2.840.10045.4.3.2"],
  secp384r1: ["sha384", "1.2.840.10045.4.3.3"],
  secp521r1: ["sha512", "1.2.840.10045.4.3.4"],
};

/** How a key signs. @throws Error for keys that sign no certificates */
function signatureAlgorithm(key: KeyObject): SignatureAlgorithm {
  const { namedCurve = "", modulusLength = 0 } = key.asymmetricKeyDetails ?? {};
  const curve = ECDSA[namedCurve];
  if (key.asymmetricKeyType === "rsa" && modulusLength >= LEAST_RSA_BITS) {
    return { hash: "sha256", identifier: sequence(objectIdentifier("1.2.840.113549.1.1.11"), NULL) };
  }
  if (key.asymmetricKeyType === "ec" && curve) {
    return { hash: curve[0], identifier: sequence(objectIdentifier(curve[1])) };
  }
  if (key.asymmetricKeyType === "ed25519") {
    return { hash: null, identifier: sequence(objectIdentifier("1.3.101.112")) };
  }
  throw new Error("the private key cannot sign certificates; use RSA, ECDSA or Ed25519");
}

/** A name of one common name; without one an empty name. */
export function encodeName(commonName: string): Buffer {
  if (commonName === "") return sequence();
  const tag = /^[A-Za-z\d '()+,\-./:=?]*$/.test(commonName) ? TAG.printableString : TAG.utf8String;
  const value = element(tag, Buffer.from(commonName, "latin1"));
  return sequence(element(TAG.set, sequence(objectIdentifier(OID.commonName), value)));
}

/** RFC 5280: two digits for the year up to 2049. */
function encodeTime(date: Date): Buffer {
  const digits = `${date.toISOString().replace(/[-:T]|\..*/g, "")}Z`;
  const year = date.getUTCFullYear();
  return year >= 1950 && year < 2050
    ? element(TAG.utcTime, Buffer.from(digits.slice(2)))
    : element(TAG.generalizedTime, Buffer.from(digits));
}

function extension(oid: string, value: Buffer, critical = false): Buffer {
  return sequence(objectIdentifier(oid), ...(critical ? [TRUE] : []), element(TAG.octetString, value));
}

/** Identifies a public key: the start of the SHA-256 of its bits. */
function keyIdentifierOf(publicKey: Buffer): Buffer {
  const [, bits] = readElements(readElements(publicKey)[0]?.content ?? Buffer.alloc(0));
  const digest = platformCrypto().createHash("sha256");
  return digest
    .update(bits?.content.subarray(1) ?? "")
    .digest()
    .subarray(0, KEY_IDENTIFIER_BYTES);
}

/** In the order in which Go writes them. */
function extensions(
  { isAuthority, addresses, dnsNames, commonName }: CertificateRequest,
  publicKey: Buffer,
  authorityKeyIdentifier: Buffer | undefined,
): Buffer[] {
  const usages = [OID.serverAuthentication, OID.clientAuthentication].map(objectIdentifier);
  const made = [
    extension(OID.keyUsage, isAuthority ? KEY_USAGE.authority : KEY_USAGE.leaf, true),
    extension(OID.extendedKeyUsage, sequence(...usages)),
    extension(OID.basicConstraints, isAuthority ? sequence(TRUE) : sequence(), true),
  ];
  if (isAuthority) {
    made.push(extension(OID.subjectKeyIdentifier, element(TAG.octetString, keyIdentifierOf(publicKey))));
  }
  if (authorityKeyIdentifier) {
    const identifier = element(contextTag(0, false), authorityKeyIdentifier);
    made.push(extension(OID.authorityKeyIdentifier, sequence(identifier)));
  }
  const names = [
    ...dnsNames.map((name) => element(DNS_NAME, Buffer.from(name, "latin1"))),
    ...addresses.map((address) => element(IP_ADDRESS, address)),
  ];
  // Without a subject the alternative names are all there is (RFC 5280, 4.2.1.6).
  if (names.length > 0) {
    made.push(extension(OID.subjectAlternativeName, sequence(...names), commonName === ""));
  }
  return made;
}

/** Makes a certificate, as PEM, signed by an issuer. @throws Error when a key cannot sign */
export function issueCertificate(request: CertificateRequest, issuer: Issuer): string {
  const { createPublicKey, sign } = platformCrypto();
  const algorithm = signatureAlgorithm(issuer.key);
  const publicKey = createPublicKey(request.key).export({ type: "spki", format: "der" });
  const subject = encodeName(request.commonName);
  const isSelfIssued = issuer.name.equals(subject);
  const body = sequence(
    element(contextTag(0, true), unsignedInteger(Buffer.from([2]))),
    unsignedInteger(request.serial),
    algorithm.identifier,
    issuer.name,
    sequence(encodeTime(request.notBefore), encodeTime(request.notAfter)),
    subject,
    publicKey,
    element(
      contextTag(3, true),
      sequence(...extensions(request, publicKey, isSelfIssued ? undefined : issuer.keyIdentifier)),
    ),
  );
  const signature = sign(algorithm.hash, body, issuer.key);
  const bytes = sequence(body, algorithm.identifier, bitString(signature));
  return encodePem({ type: "CERTIFICATE", bytes });
}

/** Checks that a PEM text begins with a certificate. @throws Error when it does not */
export function checkCertificate(pem: string): Buffer {
  const block = decodePem(pem);
  if (!block) throw new Error("the certificate is not PEM");
  try {
    new (platformCrypto().X509Certificate)(block.bytes);
  } catch {
    throw new Error("the certificate is malformed");
  }
  return block.bytes;
}

/** The issuer that a certificate and its key make. @throws Error when they are not of one pair, or no certificate */
export function issuerOf(pem: string, key: KeyObject): Issuer {
  const bytes = checkCertificate(pem);
  if (!new (platformCrypto().X509Certificate)(bytes).checkPrivateKey(key)) {
    throw new Error("the authority's private key is not that of its certificate");
  }
  const [certificate] = readElements(bytes);
  const [body] = readElements(certificate?.content ?? Buffer.alloc(0));
  const fields = readElements(body?.content ?? Buffer.alloc(0));
  // A version stands before the other fields in all but the oldest certificates.
  const withoutVersion = fields[0]?.tag === contextTag(0, true) ? fields.slice(1) : fields;
  const name = withoutVersion[4]?.whole;
  if (!name) throw new Error("the certificate is malformed");
  const list = fields.find(({ tag }) => tag === contextTag(3, true));
  return { key, name, keyIdentifier: list && subjectKeyIdentifier(list.content) };
}

function subjectKeyIdentifier(extensionList: Buffer): Buffer | undefined {
  const wanted = objectIdentifier(OID.subjectKeyIdentifier);
  for (const { content } of readElements(readElements(extensionList)[0]?.content ?? Buffer.alloc(0))) {
    const parts = readElements(content);
    if (!parts[0]?.whole.equals(wanted)) continue;
    return readElements(parts.at(-1)?.content ?? Buffer.alloc(0))[0]?.content;
  }
  return undefined;
}
