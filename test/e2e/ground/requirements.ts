import { access } from "node:fs/promises";
import { requireBinaries } from "../../../scripts/cluster/binaries.ts";
import { missingForKind } from "../../../scripts/cluster/kind-cluster.ts";
import { missingPrerequisites } from "../../../scripts/cluster/prerequisites.ts";
import { IMAGE_ARCHIVE } from "../../../scripts/image/keycard-image.ts";
import { toolBinary } from "../../../scripts/toolchain.ts";
import { findVaultBinary } from "../../../src/dev/vault-binary.ts";
import { messageOf } from "../../../src/errors.ts";
import { findBusybox, findPsql, type ImageParts } from "./test-images.ts";

export type Requirements =
  | { readonly kind: "met"; readonly parts: ImageParts }
  | { readonly kind: "missing"; readonly missing: readonly string[] };

/** What the suite needs of this machine, or everything that it lacks. */
export async function requirements(env: NodeJS.ProcessEnv, kind: boolean): Promise<Requirements> {
  const missing = [...(await (kind ? missingForKind(env) : missingPrerequisites(env)))];
  if (!kind) {
    await requireBinaries(env).catch((error: unknown) => missing.push(messageOf(error)));
  }
  if (!(await toolBinary("helm", env))) {
    missing.push("Helm is not built yet. Build it with: npm run toolchain -- manifests");
  }
  await access(IMAGE_ARCHIVE).catch(() =>
    missing.push("The image is not built yet. Build it with: npm run image"),
  );
  const busybox = await findBusybox(env);
  const psql = await findPsql();
  const vault = await findVaultBinary(env);
  if (!busybox) missing.push("busybox is missing: apt-get install -y busybox-static");
  if (!psql) missing.push("psql is missing: apt-get install -y postgresql-client");
  if (!vault)
    missing.push("A Vault is missing. Build it with npm run toolchain -- vault, or set KEYCARD_VAULT_BIN.");
  if (missing.length > 0 || !busybox || !psql || !vault) return { kind: "missing", missing };
  return { kind: "met", parts: { busybox, psql, vault } };
}
