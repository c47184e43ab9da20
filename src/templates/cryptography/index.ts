/**
 * Password hashes, keys and certificates for the few templates that make them. It imports nothing of the rest, so
 * that the agent has it as a bundle of its own, loaded when a template needs it.
 */
export { BCRYPT_SALT_BYTES, bcrypt } from "./bcrypt.ts";
export {
  type CertificateRequest,
  checkCertificate,
  encodeName,
  type Issuer,
  issueCertificate,
  issuerOf,
} from "./certificate.ts";
export { masterPassword } from "./master-password.ts";
export { decodePrivateKey, encodePrivateKey, generateKey, type KeyKind } from "./private-key.ts";
