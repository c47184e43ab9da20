import { generateKeyPair, randomBytes, sign } from "node:crypto";
import { isIP } from "node:net";
import { promisify } from "node:util";
import forge from "node-forge";

const DAY_MILLISECONDS = 86_400_000;

/** Certificates are valid from a little before they are made, for clients whose clock is behind. */
const BACKDATED_MILLISECONDS = 5 * 60_000;

/** RFC 8017, appendix A.2.4. */
const SHA256_WITH_RSA = "1.2.840.113549.1.1.11";

const generateKeyPairAsync = promisify(generateKeyPair);
const signAsync = promisify(sign);

/** A certificate and its private key, both in PEM. */
export interface CertifiedKey {
  readonly certificate: string;
  readonly privateKey: string;
}

/** A CA that signs serving certificates; its key never leaves the Secret it is kept in. */
export type Authority = CertifiedKey;

/** Where key pairs come from. */
export type KeyMaker = () => Promise<{ readonly publicKey: string; readonly privateKey: string }>;

export interface AuthorityRequest {
  readonly now: Date;
  readonly lifetimeDays: number;
}

export interface ServingCertificateRequest extends AuthorityRequest {
  /** DNS names and IP addresses; at least one, or no client accepts the certificate. */
  readonly hosts: readonly string[];
}

/**
 * Makes a CA. Its key is RSA, which is what node-forge can put into a certificate, and is made off the event
 * loop. The name carries a part of the serial number: two CAs in one bundle have to be told apart.
 */
export async function createAuthority(
  request: AuthorityRequest,
  makeKeys: KeyMaker = newKeys,
): Promise<Authority> {
  const keys = await makeKeys();
  const certificate = draft(keys.publicKey, request);
  const subject = [
    { name: "organizationName", value: "Keycard" },
    { name: "commonName", value: `Keycard Webhook CA ${certificate.serialNumber.slice(2, 10)}` },
  ];
  certificate.setSubject(subject);
  certificate.setIssuer(subject);
  certificate.setExtensions([
    { name: "basicConstraints", cA: true, pathLenConstraint: 0, critical: true },
    { name: "keyUsage", keyCertSign: true, cRLSign: true, digitalSignature: true, critical: true },
    { name: "subjectKeyIdentifier" },
  ]);
  return { certificate: await signed(certificate, keys.privateKey), privateKey: keys.privateKey };
}

/** Makes a serving certificate that the authority signs, never outliving the authority. */
export async function issueServingCertificate(
  authority: Authority,
  request: ServingCertificateRequest,
  makeKeys: KeyMaker = newKeys,
): Promise<CertifiedKey> {
  const keys = await makeKeys();
  const issuer = forge.pki.certificateFromPem(authority.certificate);
  const certificate = draft(keys.publicKey, request);
  if (certificate.validity.notAfter > issuer.validity.notAfter) {
    certificate.validity.notAfter = issuer.validity.notAfter;
  }
  certificate.setSubject([{ name: "commonName", value: "Keycard Webhook" }]);
  certificate.setIssuer(issuer.subject.attributes);
  certificate.setExtensions([
    { name: "basicConstraints", cA: false, critical: true },
    { name: "keyUsage", digitalSignature: true, keyEncipherment: true, critical: true },
    { name: "extKeyUsage", serverAuth: true },
    { name: "subjectAltName", altNames: [...new Set(request.hosts)].map(alternativeName) },
    { name: "subjectKeyIdentifier" },
    { name: "authorityKeyIdentifier", keyIdentifier: issuer.generateSubjectKeyIdentifier().getBytes() },
  ]);
  return { certificate: await signed(certificate, authority.privateKey), privateKey: keys.privateKey };
}

/** Makes an RSA key pair in PEM, off the event loop. */
export const newKeys: KeyMaker = () =>
  generateKeyPairAsync("rsa", {
    modulusLength: 2048,
    publicKeyEncoding: { type: "spki", format: "pem" },
    privateKeyEncoding: { type: "pkcs8", format: "pem" },
  });

function draft(publicKey: string, { now, lifetimeDays }: AuthorityRequest): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.publicKeyFromPem(publicKey);
  // Positive, as RFC 5280 §4.1.2.2 asks: the first byte's high bit is clear, and it is not zero.
  certificate.serialNumber = `4${randomBytes(16).toString("hex").slice(1)}`;
  certificate.validity.notBefore = new Date(now.getTime() - BACKDATED_MILLISECONDS);
  certificate.validity.notAfter = new Date(now.getTime() + lifetimeDays * DAY_MILLISECONDS);
  return certificate;
}

function alternativeName(host: string): { type: number; value?: string; ip?: string } {
  // RFC 5280 §4.2.1.6: 2 is dNSName, 7 is iPAddress.
  return isIP(host) === 0 ? { type: 2, value: host } : { type: 7, ip: host };
}

/**
 * Signs with node:crypto's thread pool: node-forge's own RSA is JavaScript, and would hold up every request
 * in flight.
 */
async function signed(certificate: forge.pki.Certificate, privateKey: string): Promise<string> {
  certificate.signatureOid = SHA256_WITH_RSA;
  certificate.siginfo.algorithmOid = SHA256_WITH_RSA;
  certificate.signature = "";
  const [unsigned] = forge.pki.certificateToAsn1(certificate).value;
  if (typeof unsigned !== "object") throw new TypeError("node-forge gave a certificate without a body");
  const toBeSigned = forge.asn1.toDer(unsigned).getBytes();
  const signature = await signAsync("RSA-SHA256", Buffer.from(toBeSigned, "binary"), privateKey);
  certificate.signature = signature.toString("binary");
  return forge.pki.certificateToPem(certificate).replaceAll("\r\n", "\n");
}
