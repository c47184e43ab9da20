import type { Socket } from "node:net";
import type { SecureContextOptions, SecureVersion, TLSSocket } from "node:tls";
import { messageOf } from "../../errors.ts";

/** The URL asks for something that cannot be done from here, e.g. a CA file that is not there. */
export class TlsSettingsError extends Error {
  override readonly name = "TlsSettingsError";
}

/** `sslmode`, with what an `sslrootcert` makes of it. */
export type SslMode = "disable" | "allow" | "prefer" | "require" | "verify-ca" | "verify-full";

export interface TlsSettings {
  readonly mode: SslMode;
  /** Begin with TLS at once, without asking. */
  readonly direct: boolean;
  readonly parameters: ReadonlyMap<string, string>;
}

/** Which roots `sslrootcert=system` means: the runtime's own, or the system's, which take long to load. */
export type SystemRoots = "runtime" | "system";

/**
 * libpq's rules: `require` with a CA at hand verifies it, and the system's CAs are used for nothing short of
 * `verify-full`.
 * @throws TlsSettingsError
 */
export function tlsSettings(parameters: ReadonlyMap<string, string>): TlsSettings {
  const rootCertificate = parameters.get("sslrootcert") ?? "";
  const given = parameters.get("sslmode") as SslMode | undefined;
  const direct = parameters.get("sslnegotiation") === "direct";
  let mode = given ?? (rootCertificate === "system" ? "verify-full" : "prefer");
  if (rootCertificate === "system" && mode !== "verify-full") {
    throw new TlsSettingsError(`sslrootcert=system needs sslmode=verify-full, not ${mode}`);
  }
  if (direct && ["disable", "allow", "prefer"].includes(mode)) {
    throw new TlsSettingsError(`sslnegotiation=direct needs sslmode=require or stronger, not ${mode}`);
  }
  if (mode === "require" && rootCertificate !== "") mode = "verify-ca";
  if (mode.startsWith("verify-") && rootCertificate === "") {
    throw new TlsSettingsError(`sslmode=${mode} needs sslrootcert: a CA file, or system`);
  }
  return { mode, direct, parameters };
}

function read(parameters: ReadonlyMap<string, string>, name: string): string | undefined {
  const file = parameters.get(name) ?? "";
  if (file === "") return undefined;
  try {
    return process.getBuiltinModule("node:fs").readFileSync(file, "utf8");
  } catch (error) {
    throw new TlsSettingsError(`${name} cannot be read by the agent: ${messageOf(error)}`);
  }
}

function contextOptions({ mode, parameters }: TlsSettings, roots: SystemRoots): SecureContextOptions {
  const { getCACertificates } = process.getBuiltinModule("node:tls");
  const system = parameters.get("sslrootcert") === "system";
  const verifies = mode.startsWith("verify-");
  const ca = system
    ? getCACertificates(roots === "system" ? "system" : "default")
    : verifies && read(parameters, "sslrootcert");
  const cert = read(parameters, "sslcert");
  const key = read(parameters, "sslkey");
  const crl = verifies ? read(parameters, "sslcrl") : undefined;
  const minVersion = parameters.get("ssl_min_protocol_version") as SecureVersion | undefined;
  const maxVersion = parameters.get("ssl_max_protocol_version") as SecureVersion | undefined;
  return {
    ...(ca ? { ca } : {}),
    ...(cert === undefined ? {} : { cert }),
    ...(key === undefined ? {} : { key }),
    ...(crl === undefined ? {} : { crl }),
    minVersion: minVersion ?? "TLSv1.2",
    ...(maxVersion === undefined ? {} : { maxVersion }),
  };
}

/**
 * A TLS session over an open connection, verified as `sslmode` says.
 * @throws TlsSettingsError, or whatever `node:tls` says of a handshake that failed
 */
export async function secureSocket(
  raw: Socket,
  host: string,
  settings: TlsSettings,
  roots: SystemRoots,
): Promise<TLSSocket> {
  const { isIP } = process.getBuiltinModule("node:net");
  const tls = process.getBuiltinModule("node:tls");
  const name = host.replace(/%.*$/, "");
  const announce = !isIP(name) && settings.parameters.get("sslsni") !== "0";
  const options = contextOptions(settings, roots);
  let socket: TLSSocket;
  try {
    socket = tls.connect({
      ...options,
      socket: raw,
      host: name,
      ...(announce ? { servername: name } : {}),
      rejectUnauthorized: settings.mode.startsWith("verify-"),
      checkServerIdentity: (_servername, certificate) =>
        settings.mode === "verify-full" ? tls.checkServerIdentity(name, certificate) : undefined,
      ...(settings.direct ? { ALPNProtocols: ["postgresql"] } : {}),
    });
  } catch (error) {
    throw new TlsSettingsError(`sslrootcert, sslcert or sslkey is not usable: ${messageOf(error)}`);
  }
  await new Promise<void>((resolve, reject) => {
    const onClose = (): void =>
      reject(new Error("the server closed the connection during the TLS handshake"));
    socket.once("secureConnect", () => {
      socket.off("error", reject).off("close", onClose);
      resolve();
    });
    socket.once("error", reject).once("close", onClose);
  });
  return socket;
}

/**
 * `tls-server-end-point` of a session (RFC 5929): the certificate under its signature's own hash, SHA-256 in
 * place of the weak ones; undefined for signatures without a hash of their own.
 */
export function serverEndPoint(socket: TLSSocket): Buffer | undefined {
  const certificate = socket.getPeerX509Certificate();
  const hash = /sha-?(1|224|256|384|512)|md5/i.exec(certificate?.signatureAlgorithm ?? "");
  if (!certificate || !hash) return undefined;
  const name = hash[1] === undefined || hash[1] === "1" ? "sha256" : `sha${hash[1]}`;
  return process.getBuiltinModule("node:crypto").createHash(name).update(certificate.raw).digest();
}
