import { generateKeyPair, randomBytes } from "node:crypto";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { promisify } from "node:util";
import forge from "node-forge";
import { API_SERVICE_ADDRESS, type ClusterLayout, HOST_ADDRESS, NODE_NAME } from "./layout.ts";

/** Who a client of the API server is: the certificate's common name is the user, its organization the group. */
interface Subject {
  readonly commonName: string;
  readonly organization?: string;
}

interface SigningKey {
  readonly certificate: forge.pki.Certificate;
  readonly key: forge.pki.rsa.PrivateKey;
}

const CLIENTS: Readonly<Record<string, Subject>> = {
  admin: { commonName: "keycard-admin", organization: "system:masters" },
  "controller-manager": { commonName: "system:kube-controller-manager" },
  scheduler: { commonName: "system:kube-scheduler" },
  proxy: { commonName: "system:kube-proxy" },
  kubelet: { commonName: `system:node:${NODE_NAME}`, organization: "system:nodes" },
  "apiserver-kubelet": { commonName: "kube-apiserver", organization: "system:masters" },
};

const VALID_DAYS = 365;

/** The path of a certificate, or key, made by `makeCertificates`. */
export function certificateFile(layout: ClusterLayout, name: string, kind: "crt" | "key"): string {
  return join(layout.certificates, `${name}.${kind}`);
}

/** Makes the cluster's CA, its certificates and the service-account key, once. @returns whether it made them. */
export async function makeCertificates(layout: ClusterLayout): Promise<boolean> {
  const complete = join(layout.certificates, "complete");
  if (await readFile(complete, "utf8").catch(() => undefined)) return false;
  await mkdir(layout.certificates, { recursive: true, mode: 0o700 });

  const ca = await makeAuthority(layout);
  await issue(layout, ca, "apiserver", { commonName: "kube-apiserver" }, [
    { type: 7, ip: "127.0.0.1" },
    { type: 7, ip: HOST_ADDRESS },
    { type: 7, ip: API_SERVICE_ADDRESS },
    { type: 2, value: "localhost" },
    { type: 2, value: "kubernetes.default.svc" },
  ]);
  await Promise.all(
    Object.entries(CLIENTS).map(([name, subject]) =>
      issue(layout, ca, name, subject, name === "kubelet" ? [{ type: 7, ip: HOST_ADDRESS }] : []),
    ),
  );
  const serviceAccount = await makeKey();
  await write(layout, "service-account", "key", serviceAccount);
  await writeFile(complete, `${new Date().toISOString()}\n`);
  return true;
}

async function makeAuthority(layout: ClusterLayout): Promise<SigningKey> {
  const keyPem = await makeKey();
  const key = forge.pki.privateKeyFromPem(keyPem);
  const certificate = unsigned(key, { commonName: "keycard-test-cluster" });
  certificate.setIssuer(certificate.subject.attributes);
  certificate.setExtensions([
    { name: "basicConstraints", cA: true, critical: true },
    { name: "keyUsage", keyCertSign: true, digitalSignature: true, critical: true },
    { name: "subjectKeyIdentifier" },
  ]);
  certificate.sign(key, forge.md.sha256.create());
  await write(layout, "ca", "key", keyPem);
  await write(layout, "ca", "crt", forge.pki.certificateToPem(certificate));
  return { certificate, key };
}

async function issue(
  layout: ClusterLayout,
  ca: SigningKey,
  name: string,
  subject: Subject,
  altNames: readonly object[],
): Promise<void> {
  const keyPem = await makeKey();
  const certificate = unsigned(forge.pki.privateKeyFromPem(keyPem), subject);
  certificate.setIssuer(ca.certificate.subject.attributes);
  certificate.setExtensions([
    { name: "basicConstraints", cA: false, critical: true },
    { name: "keyUsage", digitalSignature: true, keyEncipherment: true, critical: true },
    { name: "extKeyUsage", serverAuth: altNames.length > 0, clientAuth: true },
    ...(altNames.length > 0 ? [{ name: "subjectAltName", altNames }] : []),
  ]);
  certificate.sign(ca.key, forge.md.sha256.create());
  await write(layout, name, "key", keyPem);
  await write(layout, name, "crt", forge.pki.certificateToPem(certificate));
}

function unsigned(key: forge.pki.rsa.PrivateKey, subject: Subject): forge.pki.Certificate {
  const certificate = forge.pki.createCertificate();
  certificate.publicKey = forge.pki.rsa.setPublicKey(key.n, key.e);
  // A leading zero bit keeps the number positive, as DER wants a serial number.
  certificate.serialNumber = `0${randomBytes(16).toString("hex").slice(1)}`;
  const now = Date.now();
  certificate.validity.notBefore = new Date(now - 60_000);
  certificate.validity.notAfter = new Date(now + VALID_DAYS * 86_400_000);
  certificate.setSubject([
    { name: "commonName", value: subject.commonName },
    ...(subject.organization ? [{ name: "organizationName", value: subject.organization }] : []),
  ]);
  return certificate;
}

// node-forge would make a key in JavaScript and block for seconds.
async function makeKey(): Promise<string> {
  const pair = await promisify(generateKeyPair)("rsa", { modulusLength: 2048 });
  return pair.privateKey.export({ type: "pkcs1", format: "pem" }).toString();
}

async function write(layout: ClusterLayout, name: string, kind: "crt" | "key", pem: string): Promise<void> {
  await writeFile(certificateFile(layout, name, kind), pem, { mode: 0o600 });
}
