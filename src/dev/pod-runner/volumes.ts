import { mkdir, rename, writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pod, Volume } from "../../injection/pod.ts";
import { isJsonObject } from "../../json.ts";

/** Issues a service-account token as the API server's TokenRequest would. */
export type TokenIssuer = (request: TokenRequest) => string;

export interface TokenRequest {
  /** Absent: the issuer's own, as for a pod's default token. */
  readonly audience?: string;
  readonly ttlSeconds: number;
}

/** Kubelet replaces a projected token when a fifth of its life is left; here it is written this often. */
const TOKEN_REFRESH_SECONDS = 30;

export interface Volumes extends Disposable {
  /** Directory of each volume, by the volume's name. */
  readonly directories: ReadonlyMap<string, string>;
}

/**
 * Makes a local directory for each volume of a pod: empty ones for emptyDir, a refreshed token for each
 * projected service-account token. Sources that only a cluster has (config maps, secrets) stay empty.
 */
export async function createVolumes(pod: Pod, root: string, issueToken: TokenIssuer): Promise<Volumes> {
  const directories = new Map<string, string>();
  const timers: NodeJS.Timeout[] = [];
  for (const volume of pod.spec.volumes ?? []) {
    const directory = join(root, volume.name);
    await mkdir(directory, { recursive: true, mode: 0o755 });
    directories.set(volume.name, directory);
    for (const token of tokensOf(volume)) {
      const write = () => writeAtomically(join(directory, token.path), issueToken(token));
      await write();
      timers.push(setInterval(() => void write().catch(() => {}), TOKEN_REFRESH_SECONDS * 1000));
    }
  }
  return {
    directories,
    [Symbol.dispose]() {
      for (const timer of timers) clearInterval(timer);
    },
  };
}

function* tokensOf(volume: Volume): Generator<TokenRequest & { readonly path: string }> {
  for (const source of volume.projected?.sources ?? []) {
    const token = source["serviceAccountToken"];
    if (!isJsonObject(token) || typeof token["path"] !== "string") continue;
    yield {
      path: token["path"],
      ...(typeof token["audience"] === "string" ? { audience: token["audience"] } : {}),
      ttlSeconds: typeof token["expirationSeconds"] === "number" ? token["expirationSeconds"] : 3600,
    };
  }
}

async function writeAtomically(path: string, content: string): Promise<void> {
  await writeFile(`${path}.new`, content, { mode: 0o644 });
  await rename(`${path}.new`, path);
}
