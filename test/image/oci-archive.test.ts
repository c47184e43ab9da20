import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type Image, writeOciArchive } from "../../scripts/image/oci-archive.ts";

const IMAGE: Image = {
  name: "example.test/app:1.2",
  config: { architecture: "amd64", entrypoint: ["/app"], user: "10:20", environment: ["A=b"] },
  layers: [
    { comment: "base", entries: [{ kind: "file", path: "etc/passwd", content: "root:x:0:0::/:/\n" }] },
    { comment: "app", entries: [{ kind: "file", path: "app", content: "#!\n", mode: 0o755 }] },
  ],
};

let directory: string;
let archive: string;

/** The content of one file of the archive. */
function inside(path: string): Buffer {
  return execFileSync("tar", ["--extract", "--to-stdout", `--file=${archive}`, path]);
}

function sha256(content: Buffer): string {
  return `sha256:${createHash("sha256").update(content).digest("hex")}`;
}

interface Descriptor {
  readonly digest: string;
  readonly size: number;
}

function blob({ digest, size }: Descriptor): Buffer {
  const content = inside(`blobs/${digest.replace(":", "/")}`);
  expect(sha256(content)).toBe(digest);
  expect(content.length).toBe(size);
  return content;
}

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "keycard-archive-"));
  archive = join(directory, "a.tar");
  await writeOciArchive(archive, IMAGE, { compression: 6 });
});

afterAll(() => rm(directory, { recursive: true }));

describe("an OCI archive", () => {
  it("names its image as containerd reads it, and every digest and size in it is true", () => {
    const index = JSON.parse(inside("index.json").toString());
    expect(index.manifests[0].annotations["io.containerd.image.name"]).toBe(IMAGE.name);
    const manifest = JSON.parse(blob(index.manifests[0]).toString());
    const config = JSON.parse(blob(manifest.config).toString());
    const layers: Buffer[] = manifest.layers.map(blob);
    expect(layers.map((layer) => sha256(gunzipSync(layer)))).toEqual(config.rootfs.diff_ids);
    expect(config.config).toMatchObject({ User: "10:20", Entrypoint: ["/app"] });
  });

  it("has what older Dockers look for, about the same blobs", () => {
    const index = JSON.parse(inside("index.json").toString());
    const manifest = JSON.parse(blob(index.manifests[0]).toString());
    const [docker] = JSON.parse(inside("manifest.json").toString());
    expect(docker.RepoTags).toEqual([IMAGE.name]);
    expect(docker.Layers.map((path: string) => path.replace("blobs/sha256/", "sha256:"))).toEqual(
      manifest.layers.map((layer: Descriptor) => layer.digest),
    );
  });

  it("has the same bytes when it is made again", async () => {
    const again = join(directory, "b.tar");
    await writeOciArchive(again, IMAGE, { compression: 6 });
    expect(sha256(await readFile(again))).toBe(sha256(await readFile(archive)));
  });
});
