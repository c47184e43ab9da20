import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import type { TestProject } from "vitest/node";
import { hostCluster } from "../../../scripts/cluster/host-cluster.ts";
import { kindCluster } from "../../../scripts/cluster/kind-cluster.ts";
import type { TestCluster } from "../../../scripts/cluster/test-cluster.ts";
import { IMAGE_ARCHIVE, imageName } from "../../../scripts/image/keycard-image.ts";
import { type Installation, install, uninstall } from "./installation.ts";
import { kubectlFor } from "./kubectl.ts";
import { requirements } from "./requirements.ts";
import { type ImageParts, writeTestImages } from "./test-images.ts";

const ROOT = resolve(import.meta.dirname, "../../..");

/**
 * Once for the whole suite: a cluster, the images, and Keycard installed from the manifests. A cluster that ran
 * before is used and left running.
 */
export default async function setUp(project: TestProject): Promise<() => Promise<void>> {
  const kind = process.env["KEYCARD_E2E_KIND"] === "true";
  const met = await requirements(process.env, kind);
  if (met.kind === "missing") throw new Error(met.missing.join("\n"));
  const cluster = kind ? kindCluster(process.env) : await hostCluster(process.env);
  const wasRunning = (await cluster.status()).some((daemon) => daemon.running);
  await cluster.up(tell);
  await importImages(cluster, met.parts);

  const image = await imageName();
  const kubectl = kubectlFor(cluster.kubectl, cluster.kubeconfig);
  // Pods name the Vault of their test; this is what they would get otherwise.
  const installation: Installation = { image, vaultAddress: "http://vault.invalid:8200" };
  await uninstall(kubectl, installation);
  await install(kubectl, installation);
  tell("Keycard is installed");

  const reports = join(ROOT, "reports", "e2e");
  await rm(reports, { recursive: true, force: true });
  project.provide("ground", {
    kind,
    kubeconfig: cluster.kubeconfig,
    kubectl: cluster.kubectl,
    hostAddress: cluster.hostAddress,
    vaultBinary: met.parts.vault,
    image,
    reports,
  });
  return async () => {
    if (wasRunning || process.env["KEYCARD_E2E_KEEP"]) return;
    await cluster.down(tell);
  };
}

async function importImages(cluster: TestCluster, parts: ImageParts): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), "keycard-images-"));
  try {
    for (const archive of [IMAGE_ARCHIVE, ...(await writeTestImages(directory, parts))]) {
      await cluster.importImage(archive);
    }
    tell("images imported");
  } finally {
    await rm(directory, { recursive: true });
  }
}

function tell(line: string): void {
  console.log(`e2e: ${line}`);
}
