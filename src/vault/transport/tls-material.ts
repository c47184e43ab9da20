import type { SecureContext } from "node:tls";
import { messageOf } from "../../errors.ts";
import type { VaultConnection } from "../connection.ts";
import { TransportError } from "./transport-error.ts";

const fs = process.getBuiltinModule("node:fs");

/** The PEM texts a TLS connection is made from. */
interface TlsMaterial {
  /** undefined: root certificates that everybody trusts. */
  readonly ca: string | undefined;
  readonly cert: string | undefined;
  readonly key: string | undefined;
}

function readPem(file: string, what: string): string {
  try {
    return fs.readFileSync(file, "utf8");
  } catch (error) {
    throw new TransportError("tls", `${what} ${file} cannot be read: ${messageOf(error)}`, { cause: error });
  }
}

function hasCertificate(pem: string): boolean {
  return pem.includes("-----BEGIN CERTIFICATE-----");
}

/**
 * All certificates in the files of a directory. Names that begin with `..` are skipped: kubelet keeps its
 * own links and data directories under such names in every mounted Secret.
 */
function readCaDirectory(directory: string): string {
  let names: string[];
  try {
    names = fs.readdirSync(directory, { recursive: true, encoding: "utf8" });
  } catch (error) {
    throw new TransportError("tls", `CA directory ${directory} cannot be read: ${messageOf(error)}`, {
      cause: error,
    });
  }
  const certificates = names
    .filter((name) => !name.split("/").some((part) => part.startsWith("..")))
    .sort()
    .map((name) => `${directory}/${name}`)
    .filter((file) => fs.statSync(file, { throwIfNoEntry: false })?.isFile() === true)
    .map((file) => readPem(file, "CA file"))
    .filter(hasCertificate);
  if (certificates.length === 0) {
    throw new TransportError("tls", `CA directory ${directory} holds no PEM certificate`);
  }
  return certificates.join("\n");
}

/** One source only, in the order in which Vault's own clients look: file, bytes, directory. */
function readCa(tls: VaultConnection["tls"]): string | undefined {
  if (tls.caCertFile) {
    const pem = readPem(tls.caCertFile, "CA file");
    if (!hasCertificate(pem)) {
      throw new TransportError("tls", `CA file ${tls.caCertFile} holds no PEM certificate`);
    }
    return pem;
  }
  if (tls.caCertBytes) {
    if (!hasCertificate(tls.caCertBytes)) {
      throw new TransportError("tls", "the CA given as bytes holds no PEM certificate");
    }
    return tls.caCertBytes;
  }
  return tls.caCertDirectory ? readCaDirectory(tls.caCertDirectory) : undefined;
}

function readMaterial(tls: VaultConnection["tls"]): TlsMaterial {
  return {
    ca: readCa(tls),
    cert: tls.clientCertFile ? readPem(tls.clientCertFile, "client certificate") : undefined,
    key: tls.clientKeyFile ? readPem(tls.clientKeyFile, "client key") : undefined,
  };
}

function sameMaterial(a: TlsMaterial, b: TlsMaterial): boolean {
  return a.ca === b.ca && a.cert === b.cert && a.key === b.key;
}

function createContext({ ca, cert, key }: TlsMaterial, withSystemRoots: boolean): SecureContext {
  const { createSecureContext, getCACertificates } = process.getBuiltinModule("node:tls");
  const roots = withSystemRoots ? [...getCACertificates("default"), ...getCACertificates("system")] : ca;
  try {
    return createSecureContext({
      ...(roots === undefined ? {} : { ca: roots }),
      ...(cert === undefined ? {} : { cert }),
      ...(key === undefined ? {} : { key }),
    });
  } catch (error) {
    throw new TransportError("tls", `the TLS files do not make a TLS configuration: ${messageOf(error)}`, {
      cause: error,
    });
  }
}

/** Where the TLS contexts of a client's connections come from. */
export interface TlsContexts {
  /** @throws TransportError (`tls`) when a file is missing or no PEM. */
  current(): SecureContext;
  /**
   * After a certificate that no root vouched for: also trust the system's roots from now on, where no CA is
   * configured. They cost a quarter of a second and 7 MB, and most Vaults have a CA of their own or of the
   * runtime's.
   * @returns whether that changed anything
   */
  widen(): boolean;
}

/**
 * TLS contexts from the files of a connection. The files are read at every call, and the last context is
 * reused while they say the same: a rotated CA or client certificate counts from the next connection on.
 */
export function tlsContexts(tls: VaultConnection["tls"]): TlsContexts {
  let last: { readonly material: TlsMaterial; readonly context: SecureContext } | undefined;
  let widened = false;
  return {
    current() {
      const material = readMaterial(tls);
      if (last && sameMaterial(last.material, material)) return last.context;
      last = { material, context: createContext(material, widened) };
      return last.context;
    },
    widen() {
      if (widened || tls.caCertFile || tls.caCertBytes || tls.caCertDirectory) return false;
      widened = true;
      last = undefined;
      return true;
    },
  };
}
