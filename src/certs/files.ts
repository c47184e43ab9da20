import { createPrivateKey, X509Certificate } from "node:crypto";
import type { Clock } from "../cluster/clock.ts";
import { type ProblemEvents, trouble } from "../cluster/trouble.ts";
import { KeycardError } from "../errors.ts";
import type { CertifiedKey } from "./authority.ts";
import type { CertificateSource } from "./source.ts";

/** What the file source needs of the world. */
export interface FileCertificateOptions extends ProblemEvents {
  readonly certificateFile: string;
  readonly keyFile: string;
  readonly readFile: (path: string) => Promise<string>;
  readonly clock: Clock;
}

/** Polling sees what a watch misses: kubelet's symlink swaps, network file systems. */
const POLL_MILLISECONDS = 1000;

/**
 * Certificate and key from two files, read again every second. A pair that does not fit together (one file
 * is replaced before the other) is left for the next look; the last good pair goes on being served.
 */
export function fileCertificates(options: FileCertificateOptions): CertificateSource {
  let current: CertifiedKey | undefined;
  const ended = new AbortController();
  let polling: Promise<void> = Promise.resolve();
  const { failed, recovered } = trouble(options);
  const look = async (onChange: (certificate: CertifiedKey) => void): Promise<void> => {
    try {
      const found = await readPair(options);
      recovered();
      if (found.certificate === current?.certificate && found.privateKey === current.privateKey) return;
      current = found;
      onChange(found);
    } catch (error) {
      failed(error);
    }
  };
  const poll = async (onChange: (certificate: CertifiedKey) => void): Promise<void> => {
    for (;;) {
      await options.clock.sleep(POLL_MILLISECONDS, ended.signal);
      if (ended.signal.aborted) return;
      await look(onChange);
    }
  };
  return {
    async start(onChange) {
      const first = await readPair(options);
      current = first;
      polling = poll(onChange);
      return first;
    },
    isStuck: () => false,
    async stop() {
      ended.abort();
      await polling;
    },
  };
}

async function readPair({
  certificateFile,
  keyFile,
  readFile,
}: FileCertificateOptions): Promise<CertifiedKey> {
  const read = async (path: string): Promise<string> => {
    try {
      return await readFile(path);
    } catch (cause) {
      throw new KeycardError(
        "KEYCARD_CERTIFICATE_FILE",
        `Cannot read ${path}: is it mounted, and readable?`,
        {
          cause,
        },
      );
    }
  };
  const [certificate, privateKey] = await Promise.all([read(certificateFile), read(keyFile)]);
  checkPair({ certificate, privateKey }, `${certificateFile} and ${keyFile}`);
  return { certificate, privateKey };
}

/**
 * Checks that a certificate and a key can be served together.
 * @throws {KeycardError} when either is no PEM or they do not belong together.
 */
export function checkPair({ certificate, privateKey }: CertifiedKey, where: string): void {
  let fits: boolean;
  try {
    fits = new X509Certificate(certificate).checkPrivateKey(createPrivateKey(privateKey));
  } catch (cause) {
    throw new KeycardError("KEYCARD_CERTIFICATE_PAIR", `${where}: no certificate and private key in PEM.`, {
      cause,
    });
  }
  if (!fits) {
    throw new KeycardError("KEYCARD_CERTIFICATE_PAIR", `${where}: the key is not the certificate's.`);
  }
}
