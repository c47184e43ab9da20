import { rm } from "node:fs/promises";
import { join } from "node:path";
import { busyboxLayer } from "../image/busybox.ts";
import { writeOciArchive } from "../image/oci-archive.ts";
import { ClusterError } from "./cluster-error.ts";
import { type ClusterLayout, PAUSE_IMAGE } from "./layout.ts";
import { findProgram } from "./prerequisites.ts";
import { run } from "./run.ts";

/** containerd's command line, on the cluster's own containerd and the kubelet's namespace. */
export function ctr(layout: ClusterLayout, args: readonly string[]): Promise<string> {
  return run("ctr", [`--address=${layout.containerdSocket}`, "--namespace=k8s.io", ...args], {
    timeoutSeconds: 300,
  });
}

/** Makes an OCI archive's image known to the node. */
export async function importImage(layout: ClusterLayout, archive: string): Promise<void> {
  await ctr(layout, ["images", "import", archive]);
}

/** The image that holds a pod's namespaces: busybox, asleep. */
export async function importPauseImage(layout: ClusterLayout): Promise<void> {
  const present = await ctr(layout, ["images", "ls", "-q"]);
  if (present.split("\n").includes(PAUSE_IMAGE)) return;
  const busybox = await findProgram("busybox", process.env);
  if (!busybox) throw new ClusterError("busybox is missing: apt-get install -y busybox-static");
  const archive = join(layout.root, "pause.tar");
  await writeOciArchive(
    archive,
    {
      name: PAUSE_IMAGE,
      config: {
        architecture: process.arch === "arm64" ? "arm64" : "amd64",
        entrypoint: ["/bin/busybox", "sleep", "infinity"],
        user: "65534:65534",
      },
      layers: [await busyboxLayer(busybox)],
    },
    { compression: 1 },
  );
  await importImage(layout, archive);
  await rm(archive);
}
