import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { ImageError } from "./image-error.ts";
import type { Layer } from "./oci-archive.ts";
import type { TarEntry } from "./tar.ts";

/** Busybox as the whole of a root file system: one static program and its names. Test images stand on it. */
export async function busyboxLayer(busybox: string): Promise<Layer> {
  return {
    comment: "busybox",
    entries: [
      { kind: "copy", path: "bin/busybox", from: busybox, mode: 0o755 },
      ...(await applets(busybox)).map(
        (name): TarEntry => ({ kind: "symlink", path: `bin/${name}`, target: "busybox" }),
      ),
      { kind: "directory", path: "tmp", mode: 0o1777 },
      { kind: "directory", path: "root", mode: 0o700 },
      ...accounts([{ name: "nobody", uid: 65534, gid: 65534 }]),
    ],
  };
}

/** /etc/passwd, /etc/group and the order in which names are looked up. Root is there only as a name. */
export function accounts(
  users: readonly { readonly name: string; readonly uid: number; readonly gid: number }[],
): readonly TarEntry[] {
  const all = [{ name: "root", uid: 0, gid: 0 }, ...users];
  const passwd = all.map(({ name, uid, gid }) => `${name}:x:${uid}:${gid}::/:/sbin/nologin\n`).join("");
  const group = all.map(({ name, gid }) => `${name}:x:${gid}:\n`).join("");
  return [
    { kind: "file", path: "etc/passwd", content: passwd },
    { kind: "file", path: "etc/group", content: group },
    { kind: "file", path: "etc/nsswitch.conf", content: "hosts: files dns\n" },
  ];
}

async function applets(busybox: string): Promise<readonly string[]> {
  const { stdout } = await promisify(execFile)(busybox, ["--list"]).catch((cause: unknown) => {
    throw new ImageError(`${busybox} is no busybox that lists its applets.`, { cause });
  });
  return stdout.split("\n").filter((name) => name !== "" && name !== "busybox");
}
