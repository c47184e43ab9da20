import { readFile } from "node:fs/promises";
import { basename } from "node:path";
import { fileDigest } from "./oci-archive.ts";
import type { TarEntry } from "./tar.ts";

/** The parts of a package-lock.json (version 3) that an SBOM tells. */
interface LockFile {
  readonly version: string;
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

interface LockedPackage {
  readonly version?: string;
  readonly integrity?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly devOptional?: boolean;
}

export interface SbomInput {
  readonly packageLock: string;
  /** e.g. `24.21.0`. */
  readonly nodeVersion: string;
  /** Files of the host's distribution that are part of the image. */
  readonly libraries: readonly TarEntry[];
}

/**
 * The image's bill of materials, CycloneDX 1.6: Node, the packages that the bundles are made of, and the
 * system's libraries by digest. It has neither time nor random number: the same parts, the same bytes.
 */
export async function sbom(input: SbomInput): Promise<string> {
  const lock = JSON.parse(await readFile(input.packageLock, "utf8")) as LockFile;
  const packages = Object.entries(lock.packages)
    .filter(([path, entry]) => isPart(path, entry))
    .map(([path, entry]) => npmComponent(path.slice(path.lastIndexOf("node_modules/") + 13), entry));
  const document = {
    $schema: "http://cyclonedx.org/schema/bom-1.6.schema.json",
    bomFormat: "CycloneDX",
    specVersion: "1.6",
    version: 1,
    metadata: {
      component: {
        type: "container",
        "bom-ref": "keycard",
        name: "keycard",
        version: lock.version,
        licenses: [{ license: { id: "Apache-2.0" } }],
      },
    },
    components: [
      {
        type: "platform",
        "bom-ref": `pkg:generic/node@${input.nodeVersion}`,
        name: "node",
        version: input.nodeVersion,
        purl: `pkg:generic/node@${input.nodeVersion}`,
        cpe: `cpe:2.3:a:nodejs:node.js:${input.nodeVersion}:*:*:*:lts:*:*:*`,
      },
      ...packages,
      ...(await Promise.all(input.libraries.map(libraryComponent))),
    ],
  };
  return `${JSON.stringify(document, null, 2)}\n`;
}

/** Neither what only development needs, nor packages of nothing but types. */
function isPart(path: string, entry: LockedPackage): boolean {
  if (!path.startsWith("node_modules/") || path.includes("node_modules/@types/")) return false;
  return !entry.dev && !entry.devOptional;
}

function npmComponent(name: string, entry: LockedPackage): object {
  const purl = `pkg:npm/${name.replace("@", "%40")}@${entry.version}`;
  const [algorithm, base64] = (entry.integrity ?? "").split("-");
  return {
    type: "library",
    "bom-ref": purl,
    name,
    version: entry.version,
    purl,
    ...(entry.license ? { licenses: [{ expression: entry.license }] } : {}),
    ...(algorithm === "sha512" && base64
      ? { hashes: [{ alg: "SHA-512", content: Buffer.from(base64, "base64").toString("hex") }] }
      : {}),
  };
}

async function libraryComponent(entry: TarEntry): Promise<object> {
  const hashes =
    entry.kind === "copy"
      ? [{ alg: "SHA-256", content: (await fileDigest(entry.from)).slice("sha256:".length) }]
      : [];
  return { type: "file", "bom-ref": `/${entry.path}`, name: basename(entry.path), hashes };
}
