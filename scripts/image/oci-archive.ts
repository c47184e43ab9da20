import { createHash, type Hash } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, mkdtemp, rename, rm, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGzip } from "node:zlib";
import { type TarEntry, tar } from "./tar.ts";

/** What an image runs, and as whom. */
export interface ImageConfig {
  readonly architecture: "amd64" | "arm64";
  readonly entrypoint: readonly string[];
  readonly command?: readonly string[];
  readonly environment?: readonly string[];
  /** `uid:gid`. */
  readonly user: string;
  readonly labels?: Readonly<Record<string, string>>;
}

export interface Image {
  /** Full reference, e.g. `keycard.dev/keycard:0.1.0`; containerd shows it under this name. */
  readonly name: string;
  readonly config: ImageConfig;
  readonly layers: readonly Layer[];
}

export interface Layer {
  readonly comment: string;
  readonly entries: readonly TarEntry[];
}

interface Blob {
  readonly digest: string;
  readonly size: number;
  readonly content: { readonly file: string } | { readonly bytes: Buffer };
}

interface LayerBlob extends Blob {
  /** Digest of the layer before compression. */
  readonly diffId: string;
  readonly comment: string;
}

/** No build time: the same parts give the same bytes, whenever they are put together. */
const CREATED = "1970-01-01T00:00:00Z";

export interface ArchiveOptions {
  /** zlib's 1 to 9. */
  readonly compression: number;
}

/**
 * Writes an image as one file that containerd, Docker and Podman import: an OCI image layout in a tar, with
 * the file that older Dockers look for beside it. @returns the digest of its manifest.
 */
export async function writeOciArchive(file: string, image: Image, options: ArchiveOptions): Promise<string> {
  await mkdir(dirname(file), { recursive: true });
  const work = await mkdtemp(join(dirname(file), ".image-"));
  try {
    const layers: LayerBlob[] = [];
    for (const [index, layer] of image.layers.entries()) {
      layers.push(await writeLayer(join(work, `layer-${index}`), layer, options.compression));
    }
    const config = jsonBlob(imageConfig(image.config, layers));
    const manifest = jsonBlob(imageManifest(config, layers));
    const archive = join(work, "archive");
    await pipeline(tar(archiveEntries(image.name, manifest, config, layers)), createWriteStream(archive));
    await rename(archive, file);
    return manifest.digest;
  } finally {
    await rm(work, { recursive: true, force: true });
  }
}

async function writeLayer(file: string, layer: Layer, compression: number): Promise<LayerBlob> {
  const plain = createHash("sha256");
  const packed = createHash("sha256");
  await pipeline(
    tar(layer.entries),
    hashing(plain),
    createGzip({ level: compression }),
    hashing(packed),
    createWriteStream(file),
  );
  return {
    diffId: digestOf(plain),
    digest: digestOf(packed),
    size: (await stat(file)).size,
    content: { file },
    comment: layer.comment,
  };
}

/** A step of a pipeline that passes bytes on unchanged and adds them to a digest. */
function hashing(hash: Hash): (source: AsyncIterable<Buffer>) => AsyncGenerator<Buffer> {
  return async function* (source) {
    for await (const chunk of source) {
      hash.update(chunk);
      yield chunk;
    }
  };
}

function imageConfig(config: ImageConfig, layers: readonly LayerBlob[]): object {
  return {
    created: CREATED,
    architecture: config.architecture,
    os: "linux",
    config: {
      User: config.user,
      Env: ["PATH=/usr/local/bin:/usr/bin:/bin", ...(config.environment ?? [])],
      Entrypoint: config.entrypoint,
      ...(config.command ? { Cmd: config.command } : {}),
      WorkingDir: "/",
      ...(config.labels ? { Labels: config.labels } : {}),
    },
    rootfs: { type: "layers", diff_ids: layers.map((layer) => layer.diffId) },
    history: layers.map((layer) => ({ created: CREATED, comment: layer.comment })),
  };
}

function imageManifest(config: Blob, layers: readonly LayerBlob[]): object {
  return {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.manifest.v1+json",
    config: descriptor("application/vnd.oci.image.config.v1+json", config),
    layers: layers.map((layer) => descriptor("application/vnd.oci.image.layer.v1.tar+gzip", layer)),
  };
}

function archiveEntries(
  name: string,
  manifest: Blob,
  config: Blob,
  layers: readonly LayerBlob[],
): readonly TarEntry[] {
  const index = {
    schemaVersion: 2,
    mediaType: "application/vnd.oci.image.index.v1+json",
    manifests: [
      {
        ...descriptor("application/vnd.oci.image.manifest.v1+json", manifest),
        annotations: {
          "io.containerd.image.name": name,
          "org.opencontainers.image.ref.name": name.slice(name.lastIndexOf(":") + 1),
        },
      },
    ],
  };
  const docker = [{ Config: blobPath(config), RepoTags: [name], Layers: layers.map(blobPath) }];
  const blobs = new Map([manifest, config, ...layers].map((blob) => [blobPath(blob), blob]));
  return [
    { kind: "file", path: "oci-layout", content: JSON.stringify({ imageLayoutVersion: "1.0.0" }) },
    { kind: "file", path: "index.json", content: JSON.stringify(index) },
    { kind: "file", path: "manifest.json", content: JSON.stringify(docker) },
    ...[...blobs].map(
      ([path, { content }]): TarEntry =>
        "file" in content
          ? { kind: "copy", path, from: content.file }
          : { kind: "file", path, content: content.bytes },
    ),
  ];
}

function jsonBlob(value: object): Blob {
  const bytes = Buffer.from(JSON.stringify(value));
  return { digest: digestOf(createHash("sha256").update(bytes)), size: bytes.length, content: { bytes } };
}

function descriptor(mediaType: string, blob: Blob): object {
  return { mediaType, digest: blob.digest, size: blob.size };
}

function blobPath(blob: Blob): string {
  return `blobs/${blob.digest.replace(":", "/")}`;
}

function digestOf(hash: Hash): string {
  return `sha256:${hash.digest("hex")}`;
}

/** The digest of a file, as an image's manifest would name it. */
export async function fileDigest(file: string): Promise<string> {
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(file)) hash.update(chunk);
  return digestOf(hash);
}
