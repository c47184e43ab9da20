import { mkdtemp, realpath, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { describe, expect, it } from "vitest";
import { run } from "../../scripts/cluster/run.ts";
import { toolBinary } from "../../scripts/toolchain.ts";
import { groundContext } from "../e2e/ground/context.ts";
import { MANIFESTS, type Manifest, parseManifests } from "./manifest-files.ts";

const helm = await toolBinary("helm", process.env);

/** A folder of the Kustomize manifests, perhaps with a component, and the chart's values that mean the same. */
interface Pair {
  readonly folder: string;
  readonly component?: string;
  readonly values: readonly string[];
}

const PAIRS: readonly Pair[] = [
  { folder: "base", values: [] },
  {
    folder: "overlays/high-availability",
    values: ["injector.replicas=3", "keycard.oneReplicaPerNode=true"],
  },
  { folder: "overlays/cert-manager", values: ["keycard.certManager.enabled=true"] },
  {
    folder: "base",
    values: [
      "injector.enabled=true",
      "injector.leaderElector.enabled=true",
      "injector.externalVaultAddr=https://vault.vault.svc:8200",
      "global.externalVaultAddr=https://other.example.com:8200",
    ],
  },
  {
    folder: "overlays/example",
    values: [
      "global.externalVaultAddr=https://vault.example.com:8200",
      "injector.image.repository=registry.example.com/keycard",
    ],
  },
  {
    folder: "base",
    component: "components/monitoring",
    values: [
      "keycard.monitoring.serviceMonitor.enabled=true",
      "keycard.monitoring.prometheusRule.enabled=true",
    ],
  },
];

const named = PAIRS.map((pair) => [pair.folder, pair.values.join(" ") || "no values", pair] as const);

describe.each(named)(
  "manifests/%s and the chart with %s",
  (_folder, _values, { folder, component, values }) => {
    it("make the same objects", async () => {
      const kustomize = await kustomized(folder, component);
      const helm = await templated(values);
      expect([...helm.keys()].sort()).toEqual([...kustomize.keys()].sort());
      for (const [name, object] of kustomize) expect(helm.get(name), name).toEqual(object);
    });
  },
);

async function kustomized(folder: string, component?: string): Promise<ReadonlyMap<string, Manifest>> {
  const directory = await realpath(await mkdtemp(join(tmpdir(), "keycard-kustomize-")));
  try {
    const path = (name: string): string => relative(directory, join(MANIFESTS, name));
    const kustomization = {
      resources: [path(folder)],
      ...(component === undefined ? {} : { components: [path(component)] }),
    };
    await writeFile(join(directory, "kustomization.yaml"), JSON.stringify(kustomization));
    return byName(await run(groundContext().kubectl, ["kustomize", directory]));
  } finally {
    await rm(directory, { recursive: true });
  }
}

async function templated(values: readonly string[]): Promise<ReadonlyMap<string, Manifest>> {
  const args = ["template", "keycard", join(MANIFESTS, "helm/keycard"), "--namespace=keycard"];
  return byName(
    await run(helm ?? "helm", [...args, "--kube-version=1.36.3", ...values.map((value) => `--set=${value}`)]),
  );
}

/** Helm leaves the making of the namespace to its own command line. */
function byName(text: string): ReadonlyMap<string, Manifest> {
  return new Map(
    parseManifests(text)
      .filter((object) => object.kind !== "Namespace")
      .map((object) => [`${object.kind}/${object.metadata.name}`, withoutOrder(object)]),
  );
}

/** A patch may move a variable; their order counts only for one that names another, and those stay behind it. */
function withoutOrder(object: Manifest): Manifest {
  const containers = object["spec"]?.template?.spec?.containers ?? [];
  for (const container of containers) {
    const names = container.env.map((entry: { name: string }) => entry.name);
    const referring = container.env.filter((entry: { value?: string }) => entry.value?.includes("$("));
    for (const { name, value } of referring) {
      const referred = /\$\((\w+)\)/.exec(value)?.[1] ?? "";
      expect(names.indexOf(referred)).toBeLessThan(names.indexOf(name));
    }
    container.env.sort((a: { name: string }, b: { name: string }) => (a.name < b.name ? -1 : 1));
  }
  return object;
}
