import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { parse, parseAllDocuments } from "yaml";

export const MANIFESTS = resolve(import.meta.dirname, "../../manifests");

/** A Kubernetes object, as parsed; a test names the fields it is about. */
export interface Manifest {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string; readonly namespace?: string };
  // biome-ignore lint/suspicious/noExplicitAny: the shape is the API's, and a test that errs about it fails.
  readonly [field: string]: any;
}

/** Every object in a text of YAML documents. @throws Error for YAML that does not parse. */
export function parseManifests(text: string): readonly Manifest[] {
  return parseAllDocuments(text).flatMap((document) => {
    if (document.errors.length > 0) throw document.errors[0];
    const object = document.toJS() as Manifest | null;
    return object ? [object] : [];
  });
}

/** The objects in the files of one folder that a kustomization lists as resources. */
export async function objectsOf(folder: string): Promise<readonly Manifest[]> {
  const directory = join(MANIFESTS, folder);
  const kustomization = parse(await readFile(join(directory, "kustomization.yaml"), "utf8")) as {
    readonly resources: readonly string[];
  };
  const files = kustomization.resources.filter((path) => path.endsWith(".yaml"));
  const texts = await Promise.all(files.map((file) => readFile(join(directory, file), "utf8")));
  return texts.flatMap(parseManifests);
}

/** Paths of all YAML files below a folder, the chart's templates left out: they are no YAML yet. */
export async function yamlFiles(directory: string): Promise<readonly string[]> {
  const files = await readdir(directory, { recursive: true });
  return files
    .filter((file) => file.endsWith(".yaml") && !file.includes("templates/"))
    .map((file) => join(directory, file));
}
