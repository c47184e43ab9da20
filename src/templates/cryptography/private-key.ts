import type { KeyObject } from "node:crypto";
import { platformCrypto } from "../platform-crypto.ts";
import { readElements, sequence, TAG, unsignedInteger } from "./der.ts";
import { decodePem, encodePem } from "./pem.ts";

/** Kinds of keys that can be made. */
export type KeyKind = "rsa2048" | "rsa4096" | "dsa" | "ecdsa" | "ed25519";

/** Makes a key pair. A large one takes seconds: the caller counts them. */
export function generateKey(kind: KeyKind): KeyObject {
  const { generateKeyPairSync } = platformCrypto();
  switch (kind) {
    case "rsa2048":
      return generateKeyPairSync("rsa", { modulusLength: 2048 }).privateKey;
    case "rsa4096":
      return generateKeyPairSync("rsa", { modulusLength: 4096 }).privateKey;
    case "dsa":
      return generateKeyPairSync("dsa", { modulusLength: 2048, divisorLength: 256 }).privateKey;
    case "ecdsa":
      return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey;
    case "ed25519":
      return generateKeyPairSync("ed25519").privateKey;
  }
}

/** A private key as PEM: each algorithm in the form that is its own, as Sprig writes them. */
export function encodePrivateKey(key: KeyObject): string {
  switch (key.asymmetricKeyType) {
    case "rsa":
      return key.export({ type: "pkcs1", format: "pem" }).toString();
    case "ec":
      return key.export({ type: "sec1", format: "pem" }).toString();
    case "dsa":
      return encodePem({ type: "DSA PRIVATE KEY", bytes: encodeDsa(key) });
    default:
      return key.export({ type: "pkcs8", format: "pem" }).toString();
  }
}

/** OpenSSL's own form of DSA keys: version, p, q, g, public and private number. */
function encodeDsa(key: KeyObject): Buffer {
  const pkcs8 = key.export({ type: "pkcs8", format: "der" });
  const spki = platformCrypto().createPublicKey(key).export({ type: "spki", format: "der" });
  const inside = (bytes: Buffer): Buffer => readElements(bytes)[0]?.content ?? Buffer.alloc(0);
  const [, algorithm, secret] = readElements(inside(pkcs8));
  const [, bits] = readElements(inside(spki));
  const [, parameters] = readElements(algorithm?.content ?? Buffer.alloc(0));
  if (!parameters || !secret || !bits) throw new Error("the DSA key has another form than expected");
  const version = unsignedInteger(new Uint8Array(1));
  return sequence(version, parameters.content, bits.content.subarray(1), secret.content);
}

/** Node's own messages name OpenSSL's internals, not what is wrong. */
function decode(bytes: Buffer, type: "pkcs1" | "pkcs8" | "sec1"): KeyObject {
  try {
    return platformCrypto().createPrivateKey({ key: bytes, format: "der", type });
  } catch {
    throw new Error(`the private key is not encoded as ${type.toUpperCase()}`);
  }
}

/** A DSA key can be read, if only to be refused as a signer. */
function checkDsa(bytes: Buffer): "dsa" {
  const numbers = readElements(readElements(bytes)[0]?.content ?? Buffer.alloc(0));
  const isWhole = numbers.length >= 6 && numbers.every(({ tag }) => tag === TAG.integer);
  if (!isWhole) throw new Error("the DSA private key is malformed");
  return "dsa";
}

/**
 * Reads the private key in a PEM text; `"dsa"`: it is one of DSA, which can be kept but signs no certificates.
 * @throws Error when there is none
 */
export function decodePrivateKey(text: string): KeyObject | "dsa" {
  const block = decodePem(text);
  if (!block) throw new Error("the private key is not PEM");
  switch (block.type) {
    case "PRIVATE KEY":
      return decode(block.bytes, "pkcs8");
    case "RSA PRIVATE KEY":
      return decode(block.bytes, "pkcs1");
    case "EC PRIVATE KEY":
      return decode(block.bytes, "sec1");
    case "DSA PRIVATE KEY":
      return checkDsa(block.bytes);
    default:
      throw new Error("the PEM block holds no private key of a known kind");
  }
}
