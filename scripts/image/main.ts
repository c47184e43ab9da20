import { writeFile } from "node:fs/promises";
import { resolve } from "node:path";
import { parseArgs } from "node:util";
import { KeycardError } from "../../src/errors.ts";
import { billOfMaterials, IMAGE_ARCHIVE, imageName, keycardImage } from "./keycard-image.ts";
import { writeOciArchive } from "./oci-archive.ts";

const USAGE = `Usage: npm run image [-- --output FILE] [--name REFERENCE]

Writes Keycard's image for this host's architecture as an OCI archive, from what npm ci and npm run build left
in this checkout, and its bill of materials beside it. Import it with one of
  ctr --namespace k8s.io images import FILE
  docker load --input FILE
  podman load --input FILE

  --output  default: dist/keycard-image.tar
  --name    default: keycard.dev/keycard:<version>
  --sbom-only FILE  write the bill of materials of Keycard itself, without the system's libraries, and no image`;

async function main(args: readonly string[]): Promise<number> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      output: { type: "string" },
      name: { type: "string" },
      "sbom-only": { type: "string" },
      help: { type: "boolean", short: "h" },
    },
  });
  if (values.help) {
    console.log(USAGE);
    return 0;
  }
  const root = resolve(import.meta.dirname, "../..");
  if (values["sbom-only"] !== undefined) {
    await writeFile(values["sbom-only"], await billOfMaterials(root, []));
    return 0;
  }
  const file = resolve(values.output ?? IMAGE_ARCHIVE);
  const name = values.name ?? (await imageName());
  const { image, sbom } = await keycardImage(root, name);
  const digest = await writeOciArchive(file, image, { compression: 6 });
  await writeFile(`${file.replace(/\.tar$/, "")}.sbom.cdx.json`, sbom);
  console.log(`${name}@${digest}\n${file}`);
  return 0;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof KeycardError ? error.message : error);
  process.exitCode = 1;
}
