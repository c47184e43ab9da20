import { access, readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { rootCertificates } from "node:tls";
import { accounts } from "./busybox.ts";
import { ImageError } from "./image-error.ts";
import type { Image } from "./oci-archive.ts";
import { sbom } from "./sbom.ts";
import { sharedLibraries } from "./shared-libraries.ts";
import type { TarEntry } from "./tar.ts";

export interface KeycardImage {
  readonly image: Image;
  /** CycloneDX JSON, also inside the image as /keycard/sbom.cdx.json. */
  readonly sbom: string;
}

/** Where `npm run image` leaves the archive unless told otherwise. */
export const IMAGE_ARCHIVE = resolve(import.meta.dirname, "../../dist/keycard-image.tar");

/** The reference that the manifests name. */
export async function imageName(): Promise<string> {
  return `keycard.dev/keycard:${await versionOf(resolve(import.meta.dirname, "../../package.json"))}`;
}

/** Nobody on the host: containers run as this user unless the pod says otherwise. */
const USER = { name: "keycard", uid: 65532, gid: 65532 };

/**
 * Keycard's image from the parts in a checkout: the bundles that the build made, Node as the npm package
 * brought it, and the libraries that this host links it with. There is no shell and no package manager in it.
 * @throws ImageError when a part is missing or the host is not one the image can run on.
 */
export async function keycardImage(root: string, name: string): Promise<KeycardImage> {
  const node = join(root, "node_modules", "node", "bin", "node");
  if (process.platform !== "linux") {
    throw new ImageError(
      `The image takes Node and its libraries from this host, which is ${process.platform}, not Linux. Build it with the Dockerfile.`,
    );
  }
  if (process.arch !== "x64" && process.arch !== "arm64") {
    throw new ImageError(`There is no image for ${process.arch}.`);
  }
  const libraries = await sharedLibraries(node);
  const nodeVersion = await versionOf(join(root, "node_modules", "node", "package.json"));
  const version = await versionOf(join(root, "package.json"));
  const bill = await billOfMaterials(root, libraries);
  return {
    sbom: bill,
    image: {
      name,
      config: {
        architecture: process.arch === "x64" ? "amd64" : "arm64",
        entrypoint: ["/usr/local/bin/node", "/keycard/entry.cjs"],
        user: `${USER.uid}:${USER.gid}`,
        environment: ["NODE_ENV=production"],
        labels: {
          "org.opencontainers.image.title": "Keycard",
          "org.opencontainers.image.version": version,
          "org.opencontainers.image.licenses": "Apache-2.0",
        },
      },
      layers: [
        {
          comment: `Node ${nodeVersion} and its libraries`,
          entries: [
            { kind: "copy", path: "usr/local/bin/node", from: node, mode: 0o755 },
            ...libraries,
            ...accounts([USER]),
            {
              kind: "file",
              path: "etc/ssl/certs/ca-certificates.crt",
              content: `${rootCertificates.join("\n")}\n`,
            },
            { kind: "directory", path: "tmp", mode: 0o1777 },
          ],
        },
        {
          comment: `Keycard ${version}`,
          entries: [
            ...(await bundles(root)),
            {
              kind: "copy",
              path: "keycard/entry.cjs",
              from: join(root, "scripts", "image", "entry.cjs"),
              mode: 0o755,
            },
            // For people, and for probes that run a command.
            { kind: "symlink", path: "usr/local/bin/keycard", target: "/keycard/entry.cjs" },
            { kind: "copy", path: "keycard/LICENSE", from: join(root, "LICENSE") },
            { kind: "file", path: "keycard/sbom.cdx.json", content: bill },
          ],
        },
      ],
    },
  };
}

/** The bill of materials of a checkout's image, as CycloneDX JSON. */
export async function billOfMaterials(root: string, libraries: readonly TarEntry[]): Promise<string> {
  const nodeVersion = await versionOf(join(root, "node_modules", "node", "package.json"));
  return sbom({ packageLock: join(root, "package-lock.json"), nodeVersion, libraries });
}

/** Everything that the build wrote, and nothing that was put beside it. */
async function bundles(root: string): Promise<readonly TarEntry[]> {
  const dist = join(root, "dist");
  await Promise.all(["keycard.js", "keycard-agent.cjs"].map((file) => access(join(dist, file)))).catch(
    (cause: unknown) => {
      throw new ImageError(`${dist} does not hold webhook and agent. Make them with: npm run build`, {
        cause,
      });
    },
  );
  const files = await readdir(dist, { recursive: true });
  return files
    .filter((file) => /\.(js|cjs|cache)$/.test(file) || file === "package.json")
    .map((file) => ({ kind: "copy", path: `keycard/${file}`, from: join(dist, file) }));
}

/** The version that a package.json names. */
export async function versionOf(packageFile: string): Promise<string> {
  const { version } = JSON.parse(await readFile(packageFile, "utf8")) as { readonly version: string };
  return version;
}
